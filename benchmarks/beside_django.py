"""Rows per CPU second of django-import-export creating 43,200 clean people × 30 columns in its tuned bulk mode.

    uv run --no-project --with 'django-import-export[xlsx]==4.4.0' python benchmarks/beside_django.py ROWS.xlsx DATABASE

No doubles are looked for, nothing is matched, repaired, journaled or shown: dates are dates, booleans 1 or 0. Tuned as its
documentation says: use_bulk, batches of 1,000, no diff, no report, no instance looked up. Reading the workbook is counted, as it is for us.
"""

import resource
import sys
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["import_export"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[2]}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.db import connection, models  # noqa: E402
from import_export import resources  # noqa: E402
from tablib import Dataset  # noqa: E402

DAYS = ("birth_date", "registration_date")
FLAGS = ("driving_licence", "has_vehicle")
TEXTS = "last_name first_name gender phone phone2 email address postcode city education_level external_id representative representative_phone status external_source"  # fmt: skip
NAMES = [*TEXTS.split(), *DAYS, *FLAGS, *(f"other{rank}" for rank in range(11))]


def main() -> None:
    model = _model(NAMES)
    with connection.schema_editor() as editor:
        editor.create_model(model)
    resource_class = _resource(model, NAMES)
    before = _used()
    found = Dataset().load(Path(sys.argv[1]).read_bytes(), format="xlsx")
    result = resource_class().import_data(found, raise_errors=True, use_transactions=True)
    used = _used() - before
    assert not result.has_errors()  # noqa: S101
    assert model.objects.count() == len(found)  # noqa: S101
    print(len(found) / used)


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _field(name: str) -> models.Field:
    if name in DAYS:
        return models.DateField(null=True)
    if name in FLAGS:
        return models.BooleanField(default=False)
    return models.CharField(max_length=200, blank=True, default="")


def _model(names: list[str]) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "import_export"})
    fields = {name: _field(name) for name in names}
    return type("Person", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def _resource(person: type[models.Model], names: list[str]) -> type[resources.ModelResource]:
    class People(resources.ModelResource):
        class Meta:
            model = person
            fields = names
            import_id_fields: list[str] = []
            force_init_instance = True
            use_bulk = True
            batch_size = 1000
            skip_diff = True
            skip_html_diff = True
            report_skipped = False
            use_transactions = True

    return People


if __name__ == "__main__":
    main()
