"""Numbers that a sheet draws with zeros: 9000 under the format 00000 is the text 09000."""

import re

_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_SECTIONS = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]|(.)', re.DOTALL)
_PLACEHOLDERS = frozenset("0#?")
_PLAIN = frozenset("0#? -/()+\u00a0\u202f:")  # what may stay unquoted in a format of whole numbers


def draws_zeros(code: str) -> bool:
    """True for formats of whole numbers that fill places with zeros; dates, decimals, % and exponents are not."""
    section = _first_section(code)
    if section is None:
        return False
    bare = _LITERAL.sub("", section)
    places = [sign for sign in bare if sign in _PLACEHOLDERS]
    fraction = "/" in bare and "?" in bare
    return "0" in places[:-1] and _PLAIN.issuperset(bare) and not fraction


def displayed(value: float, code: str) -> str | None:
    """The text that `code` (of draws_zeros) draws for a whole positive number, without its spaces; else None."""
    section = _first_section(code)
    if section is None or value < 0 or value != int(value) or value >= 1e15:
        return None
    tokens = [(quoted or escaped, other) for quoted, escaped, other in _TOKEN.findall(section)]
    slots = sum(other in _PLACEHOLDERS for _, other in tokens if other)
    digits = str(int(value)) if value else ""
    text = _drawn(tokens, digits.rjust(slots, " "), slots)
    return "".join(text.split())


def _drawn(tokens: list[tuple[str, str]], digits: str, slots: int) -> str:
    out: list[str] = []
    extra = len(digits) - slots  # digits beyond the placeholders come before the first one
    position, filler = 0, ""
    for literal, other in tokens:
        if not other or other not in _PLACEHOLDERS:
            out.append(literal or other)
            continue
        filler = "0" if other == "0" else filler  # a 0 makes Excel draw every place to its right
        taken = digits[: extra + 1] if position == 0 else digits[position + extra]
        out.append(taken if taken.strip() else filler)
        position += 1
    return "".join(out)


def _first_section(code: str) -> str | None:
    """The section for positive numbers; None if sections depend on a condition like [<=9999999]."""
    if re.search(r"\[[<>=]", code):
        return None
    match = _SECTIONS.match(code)
    return match.group() if match else None
