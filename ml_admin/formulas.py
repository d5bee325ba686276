"""Text that a spreadsheet must not run: a quote is put before it on the way out and taken off on the way in."""

import re

# = + - @ and their full-width forms begin a formula, TAB and line ends move to another cell (OWASP, CSV injection);
# spreadsheets look behind spaces, signs that do not show, quotes, and what separates cells
_BEHIND = r"[\s\x00-\x1f\x7f\u00a0\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3000\ufeff'\"‘’“”«»＇＂;,|]*"
_FORMULA = re.compile(rf"{_BEHIND}[=+\-@＝＋－＠﹦﹢﹣﹫−]|[\t\r\n\x00]")


def guarded(text: str) -> str:
    """Text with a quote before it if a spreadsheet could read it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
