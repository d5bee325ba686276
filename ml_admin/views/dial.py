"""The watch of « Ma journée »: a face of twelve hours, the day's appointments on its ring, the needle at this hour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, sin

from ml_admin.listing import PARIS

_CENTRE, _RADIUS = 60, 46
TICKS = tuple((hour * 30, hour % 3 == 0) for hour in range(12))


@dataclass(frozen=True, slots=True)
class Arc:
    """A piece of the ring; `look` is a class of the style sheet."""

    path: str
    look: str


def degrees(instant: datetime) -> float:
    """Where a watch shows this moment in France; 0 at noon, clockwise."""
    local = instant.astimezone(PARIS)
    return (local.hour % 12) * 30 + local.minute / 2


def arcs(spans: Iterable[tuple[datetime, datetime, str]]) -> list[Arc]:
    """One arc for each (start, end, look)."""
    return [Arc(_arc(degrees(start), degrees(end)), look) for start, end, look in spans if end > start]


def _arc(start: float, end: float) -> str:
    large = int((end - start) % 360 > 180)
    return f"M{_point(start)}A{_RADIUS} {_RADIUS} 0 {large} 1 {_point(end)}"


def _point(angle: float) -> str:
    turn = angle * pi / 180
    return f"{_CENTRE + _RADIUS * sin(turn):.1f} {_CENTRE - _RADIUS * cos(turn):.1f}"
