"""Invented people, and a sheet of paper to lay them out on; every name, number and address is fictional."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

_LAST = "ARNOUX BELKACEM BRETON CASTAING COMBES DELRIEU ESPINASSE FABRE GARRIC HAMIDI IZARD JOUBERT KEITA LACOMBE MALET NGUYEN ORTEGA POUGET QUINTARD ROUX SARRAZIN TEULIERES URBAIN VIDAL WEISS YVERNAT ZIANI BOUSQUET CARRIERE DUBUC".split()  # noqa: SIM905
_FIRST = "Anaïs Bilal Cyril Dounia Elsa Florian Gaëlle Hugo Inès Jérémy Kenza Lucas Manon Nassim Océane Paul Quentin Romane Samir Thaïs Ugo Victoria Wassim Yasmine Zoé Théo Clara Mehdi Louise Enzo".split()  # noqa: SIM905
_WOMEN = frozenset(
    "Anaïs Dounia Elsa Gaëlle Inès Kenza Manon Océane Romane Thaïs Victoria Yasmine Zoé Clara Louise".split()  # noqa: SIM905
)
PLACES = (("32000", "Auch"), ("32100", "Condom"), ("32500", "Fleurance"), ("32700", "Lectoure"), ("32300", "Mirande"))


@dataclass(frozen=True)
class Person:
    last: str
    first: str
    gender: str
    born: date
    phone: str  # ten digits
    email: str
    street: str
    postcode: str
    city: str

    @property
    def name(self) -> dict[str, Any]:
        return {"last_name": self.last, "first_name": self.first}

    @property
    def whole(self) -> str:
        return f"{self.last} {self.first}"

    @property
    def tel(self) -> str:
        return " ".join(self.phone[at : at + 2] for at in range(0, 10, 2))

    @property
    def day(self) -> str:
        return self.born.strftime("%d/%m/%Y")

    def told(self, *names: str, **more: Any) -> dict[str, Any]:
        """The clean record that these columns give."""
        every = {
            **self.name,
            "gender": self.gender,
            "birth_date": self.born.isoformat(),
            "phone": f"+33{self.phone[1:]}",
            "email": self.email,
            "address": self.street,
            "postcode": self.postcode,
            "city": self.city,
        }
        return {name: every[name] for name in ("last_name", "first_name", *names)} | more


def people(seed: int, count: int) -> list[Person]:
    """Different people: no name, birth date or number comes back."""
    source = random.Random(seed)
    names = source.sample([(last, first) for last in _LAST for first in _FIRST], count)
    days = source.sample(range(date(2000, 1, 1).toordinal(), date(2008, 1, 1).toordinal()), count)
    found = []
    for at, ((last, first), day) in enumerate(zip(names, days, strict=True)):
        postcode, city = source.choice(PLACES)
        mail = f"{first}.{last}{at}@exemple.fr".lower().translate(str.maketrans("ïëéèêâ", "ieeeea"))
        found.append(
            Person(
                last,
                first,
                "F" if first in _WOMEN else "M",
                date.fromordinal(day),
                f"063998{at:04d}",
                mail,
                f"{source.randrange(1, 90)} rue des {source.choice(['Lilas', 'Tilleuls', 'Remparts', 'Forges'])}",
                postcode,
                city,
            )
        )
    return found


class Paper:
    """A sheet filled row after row; rows and columns count from 1."""

    def __init__(self, sheet: Worksheet, row: int = 1, column: int = 1) -> None:
        self.sheet, self.row, self.column = sheet, row, column

    def line(self, *cells: Any, at: int | None = None) -> int:
        """Write a row from the paper's first column (or `at`), return its number."""
        for offset, cell in enumerate(cells):
            if cell is not None:
                self.sheet.cell(self.row, (at or self.column) + offset, cell)
        self.row += 1
        return self.row - 1

    def gap(self, rows: int = 1) -> None:
        self.row += rows

    def merge(self, row: int, first: int, last: int, bottom: int | None = None) -> None:
        self.sheet.merge_cells(start_row=row, start_column=first, end_row=bottom or row, end_column=last)


def sheets(names: Sequence[str]) -> tuple[Workbook, Iterator[Worksheet]]:
    book = Workbook()
    book.remove(book.active)
    return book, iter([book.create_sheet(name) for name in names])


def save(book: Workbook, folder: Path, name: str) -> None:
    book.save(folder / name)
