"""The entry: `uv run app.py` migrates, then serves; `app:app` is for any WSGI server and changes nothing."""

import os
from typing import Any

from ml_admin.application import create_app
from ml_admin.commands.serving import serve
from ml_admin.config import Settings


def __getattr__(name: str) -> Any:
    # made when a WSGI server asks for it, not when this file runs as a command
    if name == "app":
        globals()["app"] = create_app(Settings.from_environment(os.environ))
        return globals()["app"]
    raise AttributeError(name)


if __name__ == "__main__":
    serve()
