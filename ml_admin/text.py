"""Text as people compare it: folding, phonetic code, repair of broken accents, social-security numbers taken out."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼʹ´`′＇", "'"))
_SPACES = re.compile(r"[\s\u200b\u2060\ufeff\x00-\x1f\x7f-\x9f]+")
_BLANKS = re.compile(r"(?:[^\S\n\r]|[\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f])+")
_OPENED = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}


class _FoldTable(dict[int, str]):
    """Character -> what it is compared as, worked out once per character."""

    def __missing__(self, code: int) -> str:
        char, folded = "", chr(code)
        # compatibility forms may open into capitals or further ligatures: until nothing moves
        while char != folded:
            char, folded = folded, unicodedata.normalize("NFKD", folded.casefold()).casefold()
        kept = "".join(_OPENED.get(one, one) for one in folded if not unicodedata.combining(one))
        self[code] = "".join(one if one.isalnum() else " " for one in kept)
        return self[code]


_FOLD_TABLE = _FoldTable()


def tidy(text: str) -> str:
    """One line: spaces (no-break ones too) single and trimmed, `’` straight, accents composed."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    text = " ".join(text.split())
    return text if text.isprintable() else _SPACES.sub(" ", text).strip()


def tidy_lines(text: str) -> str:
    """Several lines: like `tidy`, but the line breaks of a note are kept."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    lines = [_BLANKS.sub(" ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """'L’Hermîte-Œuvrard' -> 'l hermite oeuvrard': for search and comparison, never shown.

    NFKD without marks, casefold, ligatures opened, everything but letters and digits to single spaces.
    """
    return " ".join(text.translate(_FOLD_TABLE).split())


# in this order; digits stand for sounds: 6 ss, 8 ch, 9 hard g, 5 oi, 2 an, 3 in, 4 on
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
        (r"c(?=ois|al)(?<=nc)", "s"),  # François and Gonçalves typed without cedilla
        (r"ch(?=[rl])|kh", "k"),
        (r"ph", "f"),
        (r"dj", "j"),
        (r"tch|sch|sh|ch", "8"),
        (r"gh", "9"),
        (r"h", ""),
        (r"ss", "6"),
        (r"(.)\1+", r"\1"),
        (r"(?:eau|au)(?:l?[tdxs]+$)?|o[tdxs]+$", "o"),
        (r"oeu|eu", "e"),
        (r"ou|w", "u"),
        (r"oi|oy", "5"),
        (r"bv", "v"),  # Lefebvre is said Lefèvre
        (r"gn", "n"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])|g", "9"),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"qu?|ck?|k", "k"),
        (r"ill?(?=[eo])|y", "i"),
        (r"(?:[ae]?i|u)[nm](?![aeiou5])", "3"),
        (r"[ae][nm](?![aeiou5])", "2"),
        (r"o[nm](?![aeiou5])", "4"),
        (r"ai|ei", "e"),
        (r"(?<=[aeiou])s(?=[aeiou])", "z"),
        (r"6", "s"),
        (r"er$", "e"),
        (r"[tdsxzp]+$", ""),
        (r"e+$", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=65_536)
def phonetic(name: str) -> str:
    """Code of how a French name sounds: 'Gauthier' = 'Gautier', 'Lefebvre' = 'Lefèvre'; '' without letters."""
    code = fold(name.replace("ç", "ss").replace("Ç", "SS"))
    for pattern, sound in _SOUNDS:
        code = pattern.sub(sound, code)
    return code


def _continuation_bytes() -> dict[str, int]:
    """The characters that Windows-1252 shows for the bytes 0x80-0xBF of an UTF-8 sequence."""
    shown = {chr(byte): byte for byte in range(0x80, 0xC0)}
    for byte in range(0x80, 0xA0):
        char = bytes([byte]).decode("cp1252", "ignore")
        if char:
            shown[char] = byte
    return shown


_BYTES = _continuation_bytes()
_CONTINUATION = "[" + re.escape("".join(_BYTES)) + "]"
# leads that give Latin letters (U+0080-U+017F) and typographic signs (U+2000-U+20FF): others are real text
_MOJIBAKE = re.compile(
    f"[ÂÃÄÅ]{_CONTINUATION}|â[€‚„\x80\x82\x84]{_CONTINUATION}|Ã[\\s\\u200b\\u2060\\ufeff\\x00-\\x1f]{{1,2}}(?=\\w|$)"
)


def _decoded(match: re.Match[str]) -> str:
    found = match.group()
    if found[1] not in _BYTES:  # « à » whose no-break space became a plain one
        return "à "
    try:
        return bytes(_BYTES.get(char) or ord(char) for char in found).decode("utf-8")
    except (UnicodeDecodeError, ValueError):
        return found


def repair_mojibake(text: str) -> str:
    """'ThÃ©rÃ¨se' -> 'Thérèse'; twice-broken text is repaired twice; sound text is given back as it is."""
    if text.isascii():
        return text
    for _ in range(3):
        repaired = _MOJIBAKE.sub(_decoded, text)
        if repaired == text:
            break
        text = repaired
    return text


_INSIDE_WORD = re.compile(r"(?<=[^\W\d_])[?\ufffd](?=[^\W\d_])|\ufffd")
_AT_WORD = re.compile(r"(?<=[^\W\d_])[?\ufffd]|[?\ufffd](?=[^\W\d_])|\ufffd")


def is_damaged(text: str, *, name: bool = False) -> bool:
    """An accent was lost for good: 'Th?r?se'. In a name, a `?` that touches a letter is enough ('Zo?')."""
    if "?" not in text and "\ufffd" not in text:
        return False
    return bool((_AT_WORD if name else _INSIDE_WORD).search(text))


_GAP = r"[ .\-\u00a0\u202f]?"
_NIR = re.compile(
    r"(?<![\d+])([12378])"
    + _GAP
    + r"(\d\d)"
    + _GAP
    + r"(0[1-9]|1[0-2]|[2-9]\d)"
    + _GAP
    + r"(\d\d|2[ABab])"
    + _GAP
    + r"(\d{3})"
    + _GAP
    + r"(\d{3})(?:"
    + _GAP
    + r"(?:\(?(?:cl[eé]|key)?\s*:?\s*)?(\d\d)\)?)?(?!\w)"
)
_MANY_DIGITS = re.compile(r"\d(?:\W?[\dABab]){12}")


def _is_nir(match: re.Match[str]) -> bool:
    sex, year, month, department, commune, order, key = match.groups()
    if commune == "000" and department not in ("97", "98", "99") or order == "000":
        return False
    number = int(sex + year + month + department.upper().replace("2A", "19").replace("2B", "18") + commune + order)
    if key is None:
        # without its key the number is told by its shape alone: month and department must be real, no letter before
        glued = re.match(r"\w", match.string[match.start() - 1 : match.start()])
        return int(month) <= 12 and department != "00" and not glued
    return 97 - number % 97 == int(key)


def without_nir(text: str) -> tuple[str, bool]:
    """Takes out any French social-security number (13 digits, or 15 with a right key); (text left, found).

    Source: INSEE, NIR = sex, year, month, department, commune, order, and key 97 - (number mod 97).
    """
    if not _MANY_DIGITS.search(text):
        return text, False
    left = _NIR.sub(lambda match: "" if _is_nir(match) else match.group(), text)
    return (text, False) if left == text else (_BLANKS.sub(" ", left).strip(" ,;:-/()"), True)


def person_case(name: str) -> str:
    """'LE GOFF-D'ARC' -> 'Le Goff-D'Arc': names are kept in capitals and shown calmly, word by word."""
    return " ".join(word.title() if word.isupper() else word for word in name.split(" "))
