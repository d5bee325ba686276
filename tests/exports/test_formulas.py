"""No export holds a formula, whatever people wrote; and what they wrote comes back as it was."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from dangerous_texts import DANGEROUS
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.choices import Verdict
from ml_admin.database import writing
from ml_admin.exports.template import has_template, write_template
from ml_admin.imports import report
from tests.imports.office import SETTING_UP, Office, open_office
from tests.imports.test_round_trip import EXPORTED, export, furnish

LIVE = re.compile(rb"<f[ >]|<c [^>]*t=\"(?:str|e|b)\"|<hyperlink|<externalLink|ddeLink")
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, « CSV injection »


@pytest.fixture
def written(engine: object, tmp_path: object) -> Office:
    """One record of every entity for each dangerous text, in every attribute that takes words."""
    office = open_office(engine, tmp_path)  # type: ignore[arg-type]
    furnish(office, len(DANGEROUS), DANGEROUS)
    return office


def parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        for name in book.namelist():
            yield name, book.read(name)


def check_workbook(content: bytes) -> None:
    for name, xml in parts(content):
        assert "externalLinks" not in name and "vba" not in name.lower()
        if name.startswith("xl/worksheets/"):
            assert not LIVE.search(xml), name


def check_text(content: bytes) -> None:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(TRIGGERS), cell


def test_twenty_texts_are_enough_to_begin_with() -> None:
    assert len(set(DANGEROUS)) >= 20


def test_no_export_of_any_entity_holds_a_formula_and_every_value_comes_back(written: Office) -> None:
    for model in EXPORTED:
        for kind in ("xlsx", "csv"):
            content = export(written, model, kind)
            (check_workbook if kind == "xlsx" else check_text)(content)
            batch = written.drop(written.denise, f"liste.{kind}", content)
            verdicts = written.verdicts(batch)
            assert (model, kind, set(verdicts)) == (model, kind, {"unchanged"})
            assert len(verdicts) == written.count(model)


def test_no_template_holds_a_formula(written: Office) -> None:
    with Session(written.engine) as session:
        for model in EXPORTED:
            if has_template(written.denise, model):
                stream = io.BytesIO()
                write_template(stream, session, written.denise, model)
                check_workbook(stream.getvalue())


def test_the_workbook_of_rows_to_take_up_holds_no_formula(written: Office) -> None:
    lines = [f"OUALI;Samia{'abcdefghijklmnopqrstuvwxyz'[at]};12/03/2004;Foix" for at in range(len(DANGEROUS))]
    batch = written.drop(written.denise, "f.csv", "\n".join(["Nom;Prénom;Date de naissance;Ville", *lines]))
    with writing(written.engine, SETTING_UP) as session:
        for row in session.query(m.ImportRow).filter_by(batch_id=batch):
            row.verdict, row.reason = Verdict.DECIDE, DANGEROUS[row.position % len(DANGEROUS)]
    stream = io.BytesIO()
    with Session(written.engine) as session:
        assert report.write_remaining(stream, session, batch) > 0
    check_workbook(stream.getvalue())
