"""An office to import into, on both engines."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.imports.office import Office, open_office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    return open_office(engine, tmp_path)
