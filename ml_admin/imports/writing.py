"""What one writing of an import has done so far: the keys it gave and the counts of its report."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports import bulk
from ml_admin.imports.rows import Ref, Row
from ml_admin.permissions import Viewer

_CHUNK = 2_000  # rows between two looks at whether somebody wants the writing stopped


def table_of(model: type[m.Base]) -> Table:
    return cast(Table, model.__table__)


@dataclass
class Writing:
    """What one apply has written so far, and the keys of what it made."""

    session: Session
    viewer: Viewer
    counsellors: Mapping[str, int]
    keys: dict[Ref, int] = field(default_factory=dict)
    firm_keys: dict[Ref, int] = field(default_factory=dict)  # "new:core name" of employers
    created: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # table -> records
    updated: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deleted: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # table -> records
    refused: list[Row] = field(default_factory=list)  # the database refused them: to be decided
    values: int = 0  # cells changed in records that existed
    postponed: list[Row] = field(default_factory=list)  # changed by somebody since the plan: to be planned again
    step: Callable[[int], None] = lambda rows: None  # told of the rows that a statement has written

    def key(self, ref: Ref) -> int:
        return int(ref[3:]) if ref.startswith("id:") else self.keys[ref]

    def add(self, model: type[m.Base], rows: Iterable[Mapping[str, Any]]) -> None:
        """Insert rows as they are made, some thousands at a time."""
        number, coming = 0, iter(rows)
        while part := list(islice(coming, _CHUNK)):
            bulk.insert(self.session, table_of(model), part)
            self.step(len(part))
            number += len(part)
        self.created[model.__tablename__] += number

    def change(self, model: type[m.Base], lines: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
        for start in range(0, len(lines), _CHUNK):
            part = lines[start : start + _CHUNK]
            bulk.change(self.session, table_of(model), part)
            self.step(len(part))
        self.updated[model.__tablename__] += len(lines)
