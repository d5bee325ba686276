"""What a file may be at most, and the French sentence that refuses the others: cause and remedy."""

from ml_admin.imports.workbook import RefusedFileError

MAX_CELLS = 2_500_000  # filled cells of a file: 512 MB of address space hold them in the child
MAX_AREA = 4_000_000  # cells of the rectangle A1:last of one sheet; calamine allocates it whole
MAX_ROWS = 1_048_576  # of Excel
MAX_COLUMNS = 16_384
MAX_SHEETS = 2_000
MAX_MEMBERS = 10_000  # of a zip
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 200  # unpacked / packed; honest sheets stay under 60
RATIO_FROM = 10 * 1024 * 1024  # below this size a high ratio is harmless

RESAVE = "Ouvrez-le dans Excel ou LibreOffice, enregistrez-le au format .xlsx sous un autre nom, puis déposez la copie."


def damaged(detail: str) -> RefusedFileError:
    return RefusedFileError(f"Ce fichier est abîmé ou incomplet : {detail}. {RESAVE}")


def unreadable() -> RefusedFileError:
    return damaged("son contenu n’a pas pu être lu jusqu’au bout")


def wrong_kind(what: str, remedy: str) -> RefusedFileError:
    return RefusedFileError(f"Ce fichier n’est pas un tableau : c’est {what}. {remedy}")


def password() -> RefusedFileError:
    return RefusedFileError(
        "Ce classeur est protégé par un mot de passe. Ouvrez-le dans Excel, retirez le mot de passe, puis déposez-le de nouveau."
    )


def empty() -> RefusedFileError:
    return RefusedFileError("Ce fichier est vide. Vérifiez que vous avez déposé le bon fichier, puis recommencez.")


def no_sheet() -> RefusedFileError:
    return RefusedFileError(
        "Ce classeur ne contient aucune feuille de calcul. Copiez le tableau voulu dans un classeur neuf, puis déposez-le."
    )


def too_heavy(max_bytes: int) -> RefusedFileError:
    return RefusedFileError(
        f"Ce fichier dépasse la taille permise ({max_bytes // (1024 * 1024)} Mo). Découpez-le en plusieurs classeurs, puis déposez-les un à un."
    )


def too_many_cells() -> RefusedFileError:
    return RefusedFileError(
        f"Ce fichier contient plus de {MAX_CELLS:,} cellules remplies. Découpez-le en plusieurs fichiers, puis déposez-les un à un.".replace(
            ",", " ", 1
        ).replace(",", " ", 1)
    )


def too_many_sheets() -> RefusedFileError:
    return RefusedFileError(
        f"Ce classeur contient plus de {MAX_SHEETS} feuilles. Répartissez-les dans plusieurs classeurs, puis déposez-les un à un."
    )


def far_cell(sheet: str | None, cell: str) -> RefusedFileError:
    where = f"La feuille « {sheet} »" if sheet else "Une feuille de ce fichier"
    return RefusedFileError(
        f"{where} contient une cellule remplie très loin du tableau ({cell}). Supprimez cette cellule ou sa ligne dans Excel, enregistrez, puis déposez de nouveau le fichier."
    )


def unpacks_too_big() -> RefusedFileError:
    return RefusedFileError(
        "Une fois décompressé, ce classeur est démesuré. Copiez les seules cellules utiles dans un classeur neuf, puis déposez-le."
    )


def too_much_memory() -> RefusedFileError:
    return RefusedFileError(
        "Lire ce fichier demande trop de mémoire : il est trop grand ou abîmé. Copiez les seules cellules utiles dans un classeur neuf, ou découpez-le, puis recommencez."
    )


def too_long() -> RefusedFileError:
    return RefusedFileError(
        "Lire ce fichier prend trop de temps : il est trop grand ou abîmé. Copiez les seules cellules utiles dans un classeur neuf, ou découpez-le, puis recommencez."
    )
