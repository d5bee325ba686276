"""What a plan knows while it is being made: the rows, the records they touch, and who is asking."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from ml_admin.choices import Scope, Verdict
from ml_admin.fields import fields_of
from ml_admin.imports import known
from ml_admin.imports.columns import letter_of
from ml_admin.imports.compare import first_state
from ml_admin.imports.nearby import Staged
from ml_admin.imports.records import CONTACTS, DRAFTS, MODELS, PIECES, Draft
from ml_admin.imports.rows import Options, Ref, Row, Table
from ml_admin.permissions import Viewer, hidden_barriers, may, visible_fields

WILL_WRITE = (Verdict.CREATE, Verdict.UPDATE)
SETTLED = (Verdict.CREATE, Verdict.UPDATE, Verdict.UNCHANGED)

# causes: codes that group rows alike on the screen
POSSIBLE, UNKNOWN_PERSON, SEVERAL, WAITS, OUT_OF_SCOPE, FLAG, CHECK = (
    "possible",
    "unknown_person",
    "several",
    "waits",
    "out_of_scope",
    "flag",
    "check",
)


@dataclass
class Board:
    """One plan under way. `states` are the records as they will be once the rows before are written."""

    session: Session
    viewer: Viewer
    options: Options
    rows: Mapping[int, Row]
    tables: Mapping[int, Table]
    counsellors: Mapping[str, int]
    near: Staged | None = None  # only some rows are planned: what else there is, is asked for
    states: dict[Ref, Draft] = field(default_factory=dict)
    touched: set[Ref] = field(default_factory=set)
    source_keys: dict[tuple[str, ...], Ref] = field(default_factory=dict)
    sirets: dict[str, Ref] = field(default_factory=dict)
    _sites: dict[str, int] | None = None
    _reach: dict[str, frozenset[int] | None] = field(default_factory=dict)
    _hidden: dict[str, frozenset[str]] = field(default_factory=dict)

    def reaches(self, entity: str, key: int) -> bool:
        if entity not in self._reach:
            self._reach[entity] = known.reachable(self.session, MODELS[entity], self.viewer)
        reach = self._reach[entity]
        return reach is None or key in reach

    def reach(self, entity: str) -> frozenset[int] | None:
        self.reaches(entity, 0)
        return self._reach[entity]

    def ref(self, row: Row) -> Ref:
        """The record that a settled row writes to."""
        if row.target_id:
            return f"id:{row.target_id}"
        return str(row.links.get("same") or f"row:{row.position}")

    def state(self, ref: Ref) -> Draft:
        """A record as it will be: loaded before when it is in the database, made here when a row makes it."""
        if ref not in self.states and ref.startswith("row:"):
            self.states[ref] = first_state(self.rows[int(ref[4:])].changes)
        return self.states[ref]

    def holds(self, ref: Ref) -> bool:
        return ref in self.states or ref.startswith("row:")

    def draft(self, row: Row) -> Draft:
        """What the row says, without what the viewer's role may not import."""
        draft = DRAFTS[row.entity](row.record, self.counsellors)
        if row.entity == "young_person" and (name := row.record.get("site")):
            self._set_site(draft, str(name))
        for name in self.hidden(row.entity) & draft.keys():
            del draft[name]
        if "barriers" in draft:
            _drop_barriers(draft, self.viewer)
        return draft

    def _set_site(self, draft: Draft, name: str) -> None:
        """Somebody who sees their own site alone would lose sight of the people they move elsewhere."""
        if self._sites is None:
            self._sites = known.sites(self.session)
        key = self._sites.get(name)
        if key and (self.viewer.scope is not Scope.OWN_SITE or key == self.viewer.site_id):
            draft["site_id"] = key

    def hidden(self, entity: str) -> frozenset[str]:
        """Attributes of a draft that the viewer's role may not import."""
        if entity not in self._hidden:
            self._hidden[entity] = frozenset(hidden_attributes(self.viewer, entity))
        return self._hidden[entity]

    def load(self, entity: str, keys: Iterable[int]) -> None:
        """Take the present values of these records, with their children."""
        missing = [key for key in keys if f"id:{key}" not in self.states]
        found = known.values(self.session, MODELS[entity], missing)
        known.add_pieces(self.session, entity, found)
        self.states.update((f"id:{key}", state) for key, state in found.items())


def hidden_attributes(viewer: Viewer, entity: str) -> Iterable[str]:
    """Names of a draft of `entity` that its importer may not write."""
    model = MODELS[entity]
    seen = visible_fields(viewer, model)
    for name in fields_of(model):
        if name not in seen:
            yield from (name, f"{name}_id")
    if entity == "young_person":
        yield from (piece for piece, other in PIECES.items() if not may(viewer, "import", other))
    if entity in CONTACTS and not may(viewer, "import", CONTACTS[entity]):
        yield "contact"


def _drop_barriers(draft: Draft, viewer: Viewer) -> None:
    hidden = {str(theme) for theme in hidden_barriers(viewer)}
    draft["barriers"] = [code for code in draft["barriers"] if code not in hidden]
    if not draft["barriers"]:
        del draft["barriers"]


def decide(row: Row, cause: str, reason: str, matches: Iterable[dict[str, Any]] = ()) -> None:
    """Leave the row to a person, with the reason in words and the records it may be."""
    row.verdict, row.cause, row.reason, row.matches = Verdict.DECIDE, cause, reason, list(matches)
    row.changes, row.target_id = {}, None


def refuse(row: Row, cause: str, reason: str) -> None:
    row.verdict, row.cause, row.reason = Verdict.REFUSED, cause, reason


def sentence(words: str) -> str:
    """'mêmes nom et prénom' -> 'Mêmes nom et prénom'."""
    return words[:1].upper() + words[1:]


def place(board: Board, row: Row, first: Row) -> str:
    """'la ligne 7', with its sheet when that is another one."""
    sheet = board.tables[first.table].sheet
    where = f" de « {sheet} »" if sheet and first.table != row.table else ""
    if not first.row:
        return f"une autre fiche{where}"
    if board.tables[first.table].layout == "transposed":
        return f"la colonne {letter_of(first.row - 1)}{where}"
    return f"la ligne {first.row}{where}"
