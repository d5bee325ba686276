"""How a request touches the database: POSTs that only read, and lines written once the answer is gone."""

import re
from collections.abc import Callable
from typing import Any

from flask import Response, after_this_request


def whole(text: str, digits: int = 18) -> int | None:
    """The number that an address or a form gives; None for anything else, and for one too long for the database."""
    return int(text) if re.fullmatch(rf"[0-9]{{1,{digits}}}", text) else None


def reads(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a POST that changes nothing: it neither waits for the write lock nor holds it."""
    view.ml_reads = True  # type: ignore[attr-defined]
    return view


def after_response(write: Callable[[], None]) -> Callable[[], None]:
    @after_this_request
    def at_close(response: Response) -> Response:
        response.call_on_close(write)
        return response

    return write
