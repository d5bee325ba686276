"""Forms read from the models: one kind of field, whose cleaner is the one of the imports."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Text
from wtforms import Field as WTField
from wtforms import Form
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from ml_admin import models as m
from ml_admin import settings
from ml_admin.cleaners import Context, clean, explain
from ml_admin.fields import Field, fields_of
from ml_admin.listing import PARIS, kind_of, options_of

# nobody needs to be shown what a name looks like; the browser draws dates
_EVIDENT = frozenset({"last_name", "first_name", "name", "birth_date", "date", "due_date"})
_INPUTS = {"email": "email", "phone": "tel", "url": "url", "time": "time"}


class AttributeField(WTField):
    """One attribute of a model: keeps what was typed, gives the clean value as `data`."""

    def __init__(self, model: type[m.Base], name_: str, described: Field, **kwargs: Any) -> None:
        super().__init__(described.label, **kwargs)
        self.model, self.attribute, self.described = model, name_, described
        self.kind = kind_of(model, name_)
        self.typed = ""
        self.extra: Mapping[str, Any] = {}
        self.display = ""
        self.present = True  # whether the form that came back had this field

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        # a box that is not ticked sends nothing
        self.present = formdata is None or self.name in formdata or _control(self) == "checkbox"
        if formdata is not None and self.present:
            self.raw_data = formdata.getlist(self.name)
            self.typed = (self.raw_data[0] if self.raw_data else "").strip()
            self._read()
        else:
            self.data = None if data is unset_value else data

    def _read(self) -> None:
        try:
            self.data = _READERS[self.kind](self, self.typed)
        except ValueError as error:
            self.data = None
            self.process_errors.append(str(error))

    def pre_validate(self, form: Any) -> None:
        if self.is_required and self.present and self.data in (None, "") and not self.process_errors:
            raise StopValidation("à renseigner.")

    @property
    def is_required(self) -> bool:
        return required(self.model, self.attribute)

    @property
    def options(self) -> dict[str, Any]:
        """What the template's `field` macro needs to draw this control."""
        unread = bool(self.process_errors) and bool(self.typed)
        drawn: dict[str, Any] = {"kind": _control(self), "required": self.is_required, "help": self._help()}
        if drawn["kind"] in ("date", "datetime", "time") and unread:
            drawn["kind"] = "text"
        drawn["value"] = self.typed if unread else _shown(self)
        if drawn["kind"] in ("select", "segmented"):
            drawn["choices"] = _choices(self)
        drawn["display"] = self.display
        if self.attribute in ("postcode", "siret", "siren"):
            drawn["attrs"] = {"inputmode": "numeric"}
        return drawn

    def _help(self) -> str:
        parts = [self.described.help, f"En {self.described.unit}." if self.described.unit else ""]
        if self.described.example and not self.described.help and self.described.cleaner not in _EVIDENT:
            parts.append(f"Par exemple\u00a0: {self.described.example}.")
        return " ".join(part for part in parts if part)


@cache
def form_class(model: type[m.Base], names: tuple[str, ...]) -> type[Form]:
    """The form of these attributes of a model."""
    fields = fields_of(model)
    return type("RecordForm", (Form,), {name: AttributeField(model, name, fields[name]) for name in names})


def values_of(form: Form) -> dict[str, Any]:
    """attribute -> clean value of the fields that came back; what a cell gave to an empty neighbour goes there."""
    values = {name: field.data for name, field in form._fields.items() if field.present}
    for field in form._fields.values():
        for name, value in field.extra.items():
            if name in values and values[name] in (None, ""):
                values[name] = value
    return values


def record_data(record: m.Base, names: Sequence[str]) -> dict[str, Any]:
    """attribute -> present value of a record, relations by their key."""
    return {
        name: getattr(record, f"{name}_id" if kind_of(type(record), name) == "relation" else name) for name in names
    }


@cache
def required(model: type[m.Base], name: str) -> bool:
    """Whether a record cannot be written without this attribute."""
    column = model.__table__.c[f"{name}_id" if kind_of(model, name) == "relation" else name]
    return not column.nullable and column.default is None and column.server_default is None


def parse(model: type[m.Base], name: str, typed: str) -> Any:
    """The clean value of one attribute typed alone (quick edit, bulk edit); ValueError with a French sentence."""
    field = form_class(model, (name,))(_Single(name, typed))._fields[name]
    if field.process_errors:
        raise ValueError(field.process_errors[0])
    if field.is_required and field.data in (None, ""):
        raise ValueError("Cette valeur est nécessaire.")
    return field.data


class _Single(dict[str, str]):
    """The smallest thing that WTForms takes for a form that came back."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__({name: value})

    def getlist(self, name: str) -> list[str]:
        return [self[name]]


def _cleaned(field: AttributeField, typed: str) -> Any:
    if not typed:
        return None
    name = field.described.cleaner or "text"
    result = clean(name, typed, Context(reference_date=datetime.now(PARIS).date()))
    if result.value in (None, "") and not result.extra:
        code = result.flags[0].code if result.flags else "unreadable"
        raise ValueError(explain(code, typed))
    length = getattr(field.model.__table__.c[field.attribute].type, "length", None)
    if length and isinstance(result.value, str) and len(result.value) > length:
        raise ValueError(
            f"{len(result.value)} caractères, pour {length} au plus. Raccourcissez, ou mettez la suite dans les notes."
        )
    field.extra = result.extra
    return (
        f"{result.value:%H:%M}" if isinstance(result.value, time) else result.value
    )  # hours of a day are kept as text


def _choice(field: AttributeField, typed: str) -> Any:
    if not typed:
        return None
    try:
        return options_of(field.model, field.attribute).of(typed)
    except ValueError:
        raise ValueError("Cette réponse n’est plus dans la liste. Choisissez-en une autre.") from None


def _relation(field: AttributeField, typed: str) -> int | None:
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 18:
        raise ValueError("Choisissez une fiche dans la liste proposée.")
    return int(typed)


def _truth(field: AttributeField, typed: str) -> bool | None:
    if not field.model.__table__.c[field.attribute].nullable:
        return typed in ("y", "oui", "on", "1", "true")
    return {"oui": True, "non": False}.get(typed)


def _instant(field: AttributeField, typed: str) -> datetime | None:
    if not typed:
        return None
    value = _moment(typed)
    if not 1900 <= value.year <= 2199:  # and UTC has no year 0
        raise ValueError("Cette date est trop loin. Vérifiez l’année.")
    return value


def _moment(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=PARIS)
    except ValueError:
        day, _, hour = typed.partition(" ")
        cleaned = clean("due_date", day, Context(reference_date=datetime.now(PARIS).date())).value
        moment = clean("time", hour, Context(reference_date=datetime.now(PARIS).date())).value if hour else None
        if cleaned is None or moment is None:
            raise ValueError(
                "La date et l’heure n’ont pas pu être lues. Écrivez par exemple 18/11/2026 14:30."
            ) from None
        return datetime.combine(cleaned, moment, PARIS)


def _number(field: AttributeField, typed: str) -> int | Decimal | None:
    if not typed:
        return None
    if field.described.cleaner == "decimal":
        try:
            value = Decimal(typed.replace(",", "."))
        except ArithmeticError:
            raise ValueError("Ce nombre n’a pas pu être lu. Écrivez par exemple 1,5.") from None
        kind: Any = field.model.__table__.c[field.attribute].type
        if not value.is_finite() or abs(value) >= 10 ** (kind.precision - kind.scale):
            raise ValueError("Ce nombre est trop grand. Vérifiez la saisie.")
        return value
    digits = typed.replace(" ", "").replace("\u202f", "")
    if not re.fullmatch(r"-?[0-9]{1,9}", digits):
        raise ValueError("Écrivez un nombre entier, en chiffres.")
    return int(digits)


def _lines(field: AttributeField, typed: str) -> list[str]:
    return [line.strip()[:200] for line in typed.splitlines() if line.strip()][:100]


_READERS = {
    "text": _cleaned,
    "date": _cleaned,
    "choice": _choice,
    "relation": _relation,
    "bool": _truth,
    "instant": _instant,
    "number": _number,
    "json": _lines,
}


def _control(field: AttributeField) -> str:
    if field.attribute == "key" and field.model is m.Setting:
        return "select"
    if field.kind == "text":
        is_long = isinstance(field.model.__table__.c[field.attribute].type, Text)
        return "textarea" if is_long else _INPUTS.get(field.described.cleaner, "text")
    if field.kind == "number":
        return "decimal" if field.described.cleaner == "decimal" else "number"
    if field.kind == "bool":
        return "segmented" if field.model.__table__.c[field.attribute].nullable else "checkbox"
    return {"date": "date", "choice": "select", "relation": "picker", "instant": "datetime", "json": "textarea"}[
        field.kind
    ]


def _choices(field: AttributeField) -> list[tuple[str, Any]]:
    if field.model is m.Setting:
        groups = groupby(settings.options(), lambda option: settings.RULES[option[0]].group)
        return [("", "à choisir"), *((group, list(options)) for group, options in groups)]
    if field.kind == "bool":
        return [("oui", "Oui"), ("non", "Non"), ("", "Non renseigné")]
    options = options_of(field.model, field.attribute).options()
    nullable = field.model.__table__.c[field.attribute].nullable
    return [("", "non renseigné"), *options] if nullable else options if field.data else [("", "à choisir"), *options]


def _shown(field: AttributeField) -> Any:
    value = field.data
    if field.kind == "bool" and field.model.__table__.c[field.attribute].nullable:
        return {True: "oui", False: "non", None: ""}[value]
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if field.kind == "choice":
        return value.value
    if field.kind == "json":
        return "\n".join(value if isinstance(value, list) else [])
    if field.described.cleaner == "phone" and str(value).startswith("+33"):
        digits = "0" + str(value)[3:]
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return str(value).replace(".", ",") if isinstance(value, Decimal) else value
