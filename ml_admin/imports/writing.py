"""What one writing of an import has done so far: the keys it gave and the counts of its report."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from ml_admin import models as m
from ml_admin.imports import bulk
from ml_admin.imports.rows import Ref, Row
from ml_admin.permissions import Viewer


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

    def key(self, ref: Ref) -> int:
        return int(ref[3:]) if ref.startswith("id:") else self.keys[ref]

    def add(self, model: type[m.Base], rows: Sequence[Mapping[str, Any]]) -> None:
        bulk.insert(self.session, table_of(model), rows)
        self.created[model.__tablename__] += len(rows)
