"""How a workbook that is given back looks, whichever library writes it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ml_admin.imports.annotated_lines import DONE, WAITING
from ml_admin.imports.row_marks import HEADER

README: Final = "Lisez-moi"
LISTS: Final = "Listes_ML_Admin"  # without a space: a rule names it as it is
HIDDEN: Final = "veryHidden"
GREY: Final = "#6B7280"
COMMENTS: Final = 2_000  # of one workbook: beyond, the colours and the reasons beside the rows say enough
LOOKS: Final[Mapping[str, str]] = {
    "fatal": "#F8D0CB",
    "doubt": "#FCE8B8",
    DONE: "#EEF0F2",
    WAITING: "#FCE8B8",
    HEADER: "#E7EEF0",
}
_LONGEST_NAME: Final = 31
_FORBIDDEN: Final = dict.fromkeys(map(ord, "[]:*?/\\'"), " ")


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A sheet name that Excel accepts and that no other sheet bears."""
    used = {name.casefold() for name in taken}
    base = " ".join(wanted.translate(_FORBIDDEN).split())[:_LONGEST_NAME] or "Feuille"
    name, number = base, 2
    while name.casefold() in used:
        end = f" ({number})"
        name, number = base[: _LONGEST_NAME - len(end)] + end, number + 1
    return name


def list_rule() -> dict[str, Any]:
    """A drop-down that warns and lets pass, as openpyxl names its parts: the import says what it does not understand."""
    return {
        "allow_blank": True,
        "showErrorMessage": True,
        "errorStyle": "warning",
        "errorTitle": "Valeur inconnue",
        "error": "Cette valeur n’est pas dans la liste. La garder\u202f?",
    }
