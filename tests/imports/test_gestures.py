"""A gesture plans only the rows that it moves: what it leaves must be what a plan of all rows would say."""

import random

import pytest

from ml_admin.cleaners import Context
from ml_admin.database import reading
from ml_admin.imports import answers, batches, stage
from ml_admin.imports.batches import StepRefusedError
from ml_admin.imports.plan import plan
from tests.imports.office import Office
from tests.imports.test_answers import TODAY
from tests.imports.test_plan import know, person

NAMES = ("GARÇON", "OUALI", "FONTANEL", "LE GOFF")
FIRSTS = ("Inès", "Yanis", "Léa")
DAYS = ("12/03/2004", "13/03/2004", "")


def _people(chance: random.Random, rows: int) -> str:
    lines = ["Nom;Prénom;Date de naissance;Téléphone;Ville"]
    for _ in range(rows):
        phone = f"06 39 98 12 {chance.randrange(40, 46)}" if chance.random() < 0.6 else ""
        lines.append(
            f"{chance.choice(NAMES)};{chance.choice(FIRSTS)};{chance.choice(DAYS)};{phone};{chance.choice(('Foix', ''))}"
        )
    return "\n".join(lines) + "\n"


def _gesture(office: Office, batch: int, chance: random.Random, context: Context) -> None:
    row = chance.choice(office.rows(batch))
    kind = chance.choice(("ignore", "reopen", "accept", "other", "same", "phone", "last_name", "birth_date"))
    if kind in ("phone", "last_name", "birth_date"):
        typed = {"phone": "06 39 98 12 41", "last_name": chance.choice(NAMES), "birth_date": "12/03/2004"}[kind]
        answers.correct(office.engine, batch, office.claire, row.position, kind, typed, context)
    else:
        ref = str(row.matches[0]["ref"]) if row.matches else ""
        answers.answer(office.engine, batch, office.claire, [row.position], kind, ref)


def _fates(office: Office, batch: int) -> list[tuple[object, ...]]:
    return [(row.position, str(row.verdict), row.target_id, row.changes) for row in office.rows(batch)]


def _whole(office: Office, batch: int) -> list[tuple[object, ...]]:
    with reading(office.engine) as session:
        tables, rows = batches.load(session, batch)
        plan(session, rows, tables, office.claire, stage.options_of(office.batch(batch)))
    return [(row.position, str(row.verdict), row.target_id, row.changes) for row in rows]


@pytest.mark.parametrize("seed", range(6))
def test_gestures_at_random_leave_what_a_whole_plan_says(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    know(office, person("GARÇON", "Inès", phone="+33639981240"))
    know(office, person("OUALI", "Yanis", city="Foix"))
    batch = office.drop(office.claire, "jeunes.csv", _people(chance, 12))
    done = 0
    for _ in range(10):
        try:
            _gesture(office, batch, chance, TODAY)
        except StepRefusedError:
            continue
        done += 1
        assert _fates(office, batch) == _whole(office, batch)
    assert done
