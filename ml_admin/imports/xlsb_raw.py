"""The little that calamine does not tell of .xlsb: which date system."""

from ml_admin.imports.archive import Archive

_WORKBOOK_PROPERTIES = 153


def date_system(archive: Archive) -> int:
    """1900 or 1904, from the record BrtWbProp of workbook.bin; checks every part on the way."""
    data = archive.read("xl/workbook.bin")
    archive.check({"xl/workbook.bin"})
    at = 0
    while at < len(data):
        kind, at = _variable(data, at, 2)
        length, at = _variable(data, at, 4)
        if kind == _WORKBOOK_PROPERTIES:
            return 1904 if data[at : at + 1] and data[at] & 1 else 1900
        at += length
    return 1900


def _variable(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number stored 7 bits a byte, and the place after it; record numbers keep their eighth bits."""
    value = 0
    for place in range(most):
        byte = data[at] if at < len(data) else 0
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            break
    return value, at
