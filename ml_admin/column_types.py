"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, Enum, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from ml_admin.choices import Choice

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, stored in UTC; refuses a datetime without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(options: type[Choice]) -> Enum:
    """A closed list stored by its code, with a CHECK in the database."""
    return Enum(
        options,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=options.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)
