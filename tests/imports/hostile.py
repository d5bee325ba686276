"""Files that break readers, made in code: each with what must become of it."""

import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import NamedTuple

from workbook_builders import (
    ODS_PEOPLE,
    PEOPLE,
    XLS_PEOPLE,
    cell,
    compound,
    letters,
    ods,
    ods_row,
    record,
    rows_xml,
    sheet_xml,
    styles_xml,
    xls,
    xls_cell,
    xls_stream,
    xlsx,
    xlsx_parts,
    zipped,
)

READ = "read"  # the people must come back
ANY = "any"  # read or refused, whatever is right: only the limits count


class Hostile(NamedTuple):
    name: str
    file_name: str
    build: Callable[[], bytes]
    ends: str  # READ, ANY, or a word of the sentence that refuses it


def plain() -> dict[str, bytes | str]:
    return xlsx_parts({"Feuil1": sheet_xml(rows_xml(PEOPLE))})


def changed(**parts: bytes | str) -> bytes:
    """A workbook whose parts (`sheet`, `book`, `styles`) are replaced."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "book": "xl/workbook.xml",
        "styles": "xl/styles.xml",
    }
    return zipped(plain() | {names[key]: part for key, part in parts.items()})


def duplicated(second: bytes | str) -> bytes:
    """Two members of one name: readers disagree about which counts."""
    content = bytearray(zipped(plain() | {"xl/worksheets/sheet9.xml": second}))
    return bytes(content.replace(b"xl/worksheets/sheet9.xml", b"xl/worksheets/sheet1.xml"))


def with_flags(content: bytes, bit: int) -> bytes:
    """The general flags of every member, in both places where a zip keeps them."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        out = bytearray(content)
        for match in re.finditer(re.escape(mark), content):
            out[match.start() + place] |= bit
        content = bytes(out)
    return content


def lying_size(size: int) -> bytes:
    """The directory of the zip announces another unpacked size for the sheet."""
    content = bytearray(xlsx())
    at = content.rfind(b"xl/worksheets/sheet1.xml")
    struct.pack_into("<I", content, at - 46 + 24, size)
    return bytes(content)


def wrong_crc() -> bytes:
    return zipped(plain(), zipfile.ZIP_STORED).replace(b"DURAND", b"DURANT")


def with_fat(change: Callable[[list[int]], None]) -> bytes:
    content = bytearray(xls())
    fat = list(struct.unpack_from("<128I", content, 512))
    change(fat)
    struct.pack_into("<128I", content, 512, *fat)
    return bytes(content)


def looped(fat: list[int]) -> None:
    fat[4] = 4


def looped_directory(fat: list[int]) -> None:
    fat[1] = 1


def header_field(offset: int, value: int) -> bytes:
    content = bytearray(xls())
    struct.pack_into("<I", content, offset, value)
    return bytes(content)


def shared_strings(count: int) -> bytes:
    return (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="{count}">'.encode()
        + b"<si/>" * count
        + b"</sst>"
    )


def with_strings(strings: bytes) -> bytes:
    """The shared strings are there, whether a cell uses them or not."""
    base = plain()
    relation = '<Relationship Id="rIdT" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    rels = str(base["xl/_rels/workbook.xml.rels"]).replace("</Relationships>", relation)
    return zipped(base | {"xl/_rels/workbook.xml.rels": rels, "xl/sharedStrings.xml": strings})


def many_sheets(count: int) -> bytes:
    book = str(plain()["xl/workbook.xml"])
    extra = "".join(f'<sheet name="F{i}" sheetId="{i}" r:id="rId1"/>' for i in range(2, count))
    return changed(book=book.replace("</sheets>", extra + "</sheets>"))


def entities(kind: str) -> str:
    definitions = {
        "laughs": '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">',
        "file": '<!ENTITY c SYSTEM "file:///etc/hostname">',
        "web": '<!ENTITY c SYSTEM "http://127.0.0.1:9/x">',
    }[kind]
    return f"<!DOCTYPE w [{definitions}]>"


def sheet_with_entities(kind: str) -> bytes:
    xml = sheet_xml('<row r="1"><c r="A1" t="inlineStr"><is><t>&c;</t></is></c></row>')
    return changed(sheet=xml.replace("<worksheet", entities(kind) + "<worksheet", 1))


def far(reference_row: int, column: int) -> bytes:
    return xlsx(rows_xml(PEOPLE) + f'<row r="{reference_row}">{cell(reference_row, column, "z")}</row>')


def formula(text: str) -> bytes:
    return xlsx(rows_xml(PEOPLE) + f'<row r="4"><c r="A4" t="str"><f>{text}</f><v>x</v></c></row>')


def huge_string(size: int) -> bytes:
    return xlsx(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"x" * size}</t></is></c></row>')


def macro_book() -> bytes:
    return zipped(plain() | {"xl/vbaProject.bin": b"\xcc\x61" * 100})


def slipped() -> bytes:
    return zipped(plain() | {"../../../../tmp/evil.xml": "<a/>", "/etc/evil": "x"})


def without(part: str) -> bytes:
    return zipped({name: content for name, content in plain().items() if name != part})


AIMED: list[Hostile] = [
    Hostile("vide", "a.xlsx", lambda: b"", "vide"),
    Hostile("que des zéros", "a.xlsx", lambda: bytes(4096), "vide"),
    Hostile("zip vide", "a.xlsx", lambda: zipped({}), "archive"),
    Hostile("zip sans classeur", "a.xlsx", lambda: zipped({"lisezmoi.txt": "x"}), "Décompressez"),
    Hostile("docx", "a.xlsx", lambda: zipped({"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), "Word"),
    Hostile("pptx", "a.xlsx", lambda: zipped({"[Content_Types].xml": "<a/>", "ppt/presentation.xml": "<a/>"}), "présentation"),
    Hostile("pdf", "a.xlsx", lambda: b"%PDF-1.7\n" + b"x" * 500, "PDF"),
    Hostile("png", "a.xls", lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "image"),
    Hostile("jpeg", "a.csv", lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)), "image"),
    Hostile("rtf", "a.csv", lambda: b"{\\rtf1 bonjour}", "RTF"),
    Hostile("programme", "a.xls", lambda: b"MZ\x90\0" + bytes(200), "programme"),
    Hostile("base sqlite", "a.csv", lambda: b"SQLite format 3\0" + bytes(200), "base de données"),
    Hostile("json", "a.csv", lambda: b'[ {"nom": "A"} ]', "JSON"),
    Hostile("sylk", "a.slk", lambda: b"ID;PWXL;N;E\r\nC;Y1;X1;K1\r\nE\r\n", "SYLK"),
    Hostile("sylk d’un Mac", "a.xls", lambda: b"ID;PWXL;N;E\rP;PGeneral\rC;Y1;X1;K1\rE\r", "SYLK"),
    Hostile("dif", "a.xls", lambda: b"TABLE\r\n0,1\r\n\"EXCEL\"\r\n", "DIF"),
    Hostile("base access", "a.xls", lambda: b"\0\1\0\0Standard Jet DB\0" + bytes(200), "base de données"),
    Hostile("table dbase", "a.xls", lambda: b"\x03\x7c\x05\x10" + bytes(28) + b"NOM".ljust(11, b"\0") + b"C" + bytes(20) + b"\r", "dBase"),
    Hostile("numbers", "a.xlsx", lambda: zipped({"Index/Document.iwa": "x", "Metadata/Properties.plist": "x"}), "Numbers"),
    Hostile("archive 7z", "a.xlsx", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100), "Décompressez"),
    Hostile("archive rar", "a.xlsx", lambda: b"Rar!\x1a\x07\x00" + bytes(100), "Décompressez"),
    Hostile("zip de classeurs", "a.xlsx", lambda: zipped({"a.xlsx": xlsx(), "b.xlsx": xlsx()}), "Décompressez"),
    Hostile("présentation libre", "a.ods", lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.presentation"}), "présentation"),
    Hostile("avant Excel 5", "a.xls", lambda: b"\x09\x02\x06\x00" + bytes(60), "avant Excel 5"),
    Hostile("mot de passe xlsx", "a.xlsx", lambda: compound(b"x" * 5000, "EncryptedPackage"), "mot de passe"),
    Hostile("mot de passe xls", "a.xls", lambda: xls(head=record(0x2F, b"\1\0" * 27)), "mot de passe"),
    Hostile("mot de passe zip", "a.xlsx", lambda: with_flags(xlsx(), 1), "mot de passe"),
    Hostile("mot de passe ods", "a.ods", lambda: ods(ODS_PEOPLE, manifest="<manifest:encryption-data/>"), "mot de passe"),
    Hostile("html sans table", "a.xls", lambda: b"<html><body>Erreur 500</body></html>", "page web"),
    Hostile("html", "a.xls", lambda: b"<table><tr><td>Nom<td>Pr\xc3\xa9nom</table>", ANY),
    Hostile("html sans fin", "a.xls", lambda: b"<table><tr><td>" * 20_000, ANY),
    Hostile("xml 2003 coupé", "a.xls", lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet>', "abîmé"),
    Hostile("xml quelconque", "a.xml", lambda: b'<?xml version="1.0"?><clients><nom>A</nom></clients>', "XML"),
    Hostile("xlsx nommé xls", "a.xls", xlsx, READ),
    Hostile("xls nommé xlsx", "a.xlsx", xls, READ),
    Hostile("cellule XFD1048576", "a.xlsx", lambda: far(1_048_576, 16_384), "XFD1048576"),
    Hostile("ligne 99999999999", "a.xlsx", lambda: far(99_999_999_999, 1), "très loin"),
    Hostile("ligne à mille chiffres", "a.xlsx", lambda: xlsx(f'<row r="{"9" * 1000}"><c r="A{"9" * 1000}"><v>1</v></c></row>'), "très loin"),
    Hostile("colonne ZZZZZ", "a.xlsx", lambda: xlsx('<row r="1"><c r="ZZZZZ1"><v>1</v></c></row>'), "très loin"),
    Hostile("cellule vide au loin", "a.xlsx", lambda: xlsx(rows_xml(PEOPLE) + '<row r="1048576"><c r="XFD1048576"/></row>'), READ),
    Hostile("une seule ligne très large", "a.xlsx", lambda: xlsx(f'<row r="1">{"".join(cell(1, c, c) for c in range(1, 16_385))}</row>'), ANY),
    Hostile("dimension menteuse", "a.xlsx", lambda: xlsx(before='<dimension ref="A1:A1"/>'), READ),
    Hostile("dimension démesurée", "a.xlsx", lambda: xlsx(before='<dimension ref="A1:XFD1048576"/>'), READ),
    Hostile("somme de contrôle fausse", "a.xlsx", wrong_crc, "somme de contrôle"),
    Hostile("taille annoncée trop petite", "a.xlsx", lambda: lying_size(10), "abîmé"),
    Hostile("taille annoncée trop grande", "a.xlsx", lambda: lying_size(400_000_000), "décompressé"),
    Hostile("bombe", "a.xlsx", lambda: changed(sheet=b" " * 200_000_000), "décompressé"),
    Hostile("bombe sous le seuil", "a.xlsx", lambda: changed(sheet=sheet_xml(" " * 9_000_000 + rows_xml(PEOPLE))), READ),
    Hostile("vingt mille parties", "a.xlsx", lambda: zipped(plain() | {f"xl/x{i}.xml": "" for i in range(20_000)}, 0), "décompressé"),
    Hostile("parties en double différentes", "a.xlsx", lambda: duplicated(sheet_xml(rows_xml([["autre"]]))), "deux versions"),
    Hostile("parties en double égales", "a.xlsx", lambda: duplicated(plain()["xl/worksheets/sheet1.xml"]), READ),
    Hostile("chemins qui remontent", "a.xlsx", slipped, READ),
    Hostile("texte de 9 Mo dans une cellule", "a.xlsx", lambda: huge_string(9_000_000), ANY),
    Hostile("un million de textes partagés", "a.xlsx", lambda: with_strings(shared_strings(1_000_000)), READ),
    Hostile("cinq millions de textes partagés", "a.xlsx", lambda: with_strings(shared_strings(5_000_000)), ANY),
    Hostile("cent mille styles", "a.xlsx", lambda: changed(styles=styles_xml().replace("</cellXfs>", '<xf numFmtId="0"/>' * 100_000 + "</cellXfs>")), READ),
    Hostile("cinq mille feuilles", "a.xlsx", lambda: many_sheets(5_000), "2000 feuilles"),
    Hostile("feuilles toutes sur une partie", "a.xlsx", lambda: many_sheets(50), READ),
    Hostile("entités en cascade", "a.xlsx", lambda: sheet_with_entities("laughs"), ANY),
    Hostile("entité vers un fichier", "a.xlsx", lambda: sheet_with_entities("file"), ANY),
    Hostile("entité vers le réseau", "a.xlsx", lambda: sheet_with_entities("web"), ANY),
    Hostile("entités dans la liste des feuilles", "a.xlsx", lambda: changed(book=entities("laughs") + "<workbook>&c;</workbook>"), "abîmé"),
    Hostile("macros", "a.xlsm", macro_book, READ),
    Hostile("formule WEBSERVICE", "a.xlsx", lambda: formula('WEBSERVICE("http://127.0.0.1:9/")'), READ),
    Hostile("formule DDE", "a.xlsx", lambda: formula("cmd|'/c calc'!A0"), READ),
    Hostile("sans liste de feuilles", "a.xlsx", lambda: without("xl/workbook.xml"), "abîmé"),
    Hostile("sans feuille", "a.xlsx", lambda: without("xl/worksheets/sheet1.xml"), "abîmé"),
    Hostile("sans styles", "a.xlsx", lambda: without("xl/styles.xml"), READ),
    Hostile("sans types", "a.xlsx", lambda: without("[Content_Types].xml"), ANY),
    Hostile("feuille coupée", "a.xlsx", lambda: changed(sheet=str(plain()["xl/worksheets/sheet1.xml"])[:300]), "abîmé"),
    Hostile("feuille en binaire", "a.xlsx", lambda: changed(sheet=random.Random(1).randbytes(5000)), "abîmé"),
    Hostile("xls aux secteurs en boucle", "a.xls", lambda: with_fat(looped), "sans fin"),
    Hostile("xls au répertoire en boucle", "a.xls", lambda: with_fat(looped_directory), "sans fin"),
    Hostile("xls au répertoire hors du fichier", "a.xls", lambda: header_field(48, 0x00FF0000), "hors du fichier"),
    Hostile("xls aux tables annoncées par milliards", "a.xls", lambda: header_field(72, 0xFFFFFFFF), ANY),
    Hostile("xls aux secteurs d’une taille fausse", "a.xls", lambda: header_field(30, 0x0006001F), "abîmé"),
    Hostile("xls aux dimensions démesurées", "a.xls", lambda: xls(dimensions=(0, 65_536, 0, 256)), READ),
    Hostile("xls à la cellule lointaine", "a.xls", lambda: xls(XLS_PEOPLE + xls_cell(65_535, 255, "z")), "très loin"),
    Hostile("xls aux textes annoncés par milliards", "a.xls", lambda: xls(head=record(0xFC, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF))), ANY),
    Hostile("xls sans fin de feuille", "a.xls", lambda: compound(xls_stream()[:-4]), ANY),
    Hostile("xls à la longueur fausse", "a.xls", lambda: xls(XLS_PEOPLE + b"\x04\x02\xff\xff"), ANY),
    Hostile("xls vide de contenu", "a.xls", lambda: compound(b""), "aucune feuille"),
    Hostile("ods répété à l’infini", "a.ods", lambda: ods(ods_row('<table:table-cell table:number-columns-repeated="999999999" office:value-type="string"><text:p>x</text:p></table:table-cell>', attributes='table:number-rows-repeated="999999999"')), "très loin"),
    Hostile("ods sans contenu", "a.ods", lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "abîmé"),
    Hostile("ods coupé", "a.ods", lambda: zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<office:document-content><table:table "}), ANY),
    Hostile("csv d’une ligne de 5 Mo", "a.csv", lambda: b"Nom;" + b"x" * 5_000_000, ANY),
    Hostile("csv de trois millions de cellules", "a.csv", lambda: b"a;b;c\n" * 1_000_000, "cellules"),
    Hostile("csv de guillemets", "a.csv", lambda: b'"' * 200_001, ANY),
    Hostile("csv de guillemets ouverts", "a.csv", lambda: b'"a;' * 100_000, ANY),
    Hostile("octets au hasard", "a.csv", lambda: random.Random(2).randbytes(50_000), "n’est pas un tableau"),
]  # fmt: skip


def flipped(content: bytes, seed: int, count: int = 3) -> bytes:
    source = random.Random(seed)
    out = bytearray(content)
    for _ in range(count):
        out[source.randrange(len(out))] ^= 1 << source.randrange(8)
    return bytes(out)


def truncated(content: bytes, seed: int) -> bytes:
    return content[: random.Random(seed).randrange(4, len(content))]


def mutated(seed: int) -> bytes:
    """The XML of the sheet spoilt, the zip around it sound."""
    source = random.Random(seed)
    xml = str(plain()["xl/worksheets/sheet1.xml"])
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(xml))
        piece = xml[start : start + source.randrange(1, 40)]
        other = source.choice(
            ["", piece * source.randrange(2, 200), "<", "&#0;", letters(source.randrange(1, 40_000)), "9" * 30, "]]>"]
        )
        xml = xml.replace(piece, other, 1) if source.random() < 0.9 else xml.replace(piece, other)
    return changed(sheet=xml)


def random_ones() -> Iterator[Hostile]:
    """260 files spoilt at random; a sound check sum is what READ relies on, so .xls promises nothing."""
    stored = zipped(plain(), zipfile.ZIP_STORED)
    for seed in range(60):
        content = (xlsx() if seed % 2 else stored, xls(), ods(ODS_PEOPLE))
        yield Hostile(f"xlsx, octets changés {seed}", "a.xlsx", lambda c=content, s=seed: flipped(c[0], s), "same")  # type: ignore[misc]
        yield Hostile(f"xlsx, xml changé {seed}", "a.xlsx", lambda s=seed: mutated(s), ANY)  # type: ignore[misc]
        yield Hostile(f"xls, octets changés {seed}", "a.xls", lambda c=content, s=seed: flipped(c[1], s), ANY)  # type: ignore[misc]
        if seed < 30:
            yield Hostile(f"ods, octets changés {seed}", "a.ods", lambda c=content, s=seed: flipped(c[2], s), "same")  # type: ignore[misc]
            yield Hostile(f"xls coupé {seed}", "a.xls", lambda c=content, s=seed: truncated(c[1], s), ANY)  # type: ignore[misc]
        if seed < 20:
            yield Hostile(f"xlsx coupé {seed}", "a.xlsx", lambda c=content, s=seed: truncated(c[0], s), "abîmé")  # type: ignore[misc]
