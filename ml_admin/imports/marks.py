"""What a sheet says without words: rows filled with a colour, and its name."""

import colorsys
from collections import Counter
from dataclasses import dataclass, field

from ml_admin.imports.workbook import Cell

# The palette of Excel 97, indexes 8 to 63
PALETTE = (  # noqa: SIM905  a palette reads better as rows
    "000000 FFFFFF FF0000 00FF00 0000FF FFFF00 FF00FF 00FFFF 800000 008000 000080 808000 800080 008080 C0C0C0 808080 "
    "9999FF 993366 FFFFCC CCFFFF 660066 FF8080 0066CC CCCCFF 000080 FF00FF FFFF00 00FFFF 800080 800000 008080 0000FF "
    "00CCFF CCFFFF CCFFCC FFFF99 99CCFF FF99CC CC99FF FFCC99 3366FF 33CCCC 99CC00 FFCC00 FF9900 FF6600 666699 969696 "
    "003366 339966 003300 333300 993300 993366 333399 333333"
).split()

HUES = ((15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (255, "blue"), (290, "purple"), (345, "pink"))


@dataclass(slots=True)
class RawSheet:
    """What calamine does not tell of a sheet; positions are (row, column), 1-based."""

    replaced: dict[tuple[int, int], Cell] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    fills: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> colour name
    merged: list[tuple[int, int, int, int]] | None = None  # None: calamine knows them
    uncomputed: int = 0  # formulas without a stored result


def color_name(rgb: str) -> str | None:
    """A plain name for 'RRGGBB'; None for white, greys and black, which mark nothing."""
    red, green, blue = (int(rgb[i : i + 2], 16) / 255 for i in (0, 2, 4))
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    if lightness > 0.97 or lightness < 0.08 or saturation < 0.15:
        return None
    return next((name for limit, name in HUES if hue * 360 < limit), "red")


def palette_color(index: int) -> str | None:
    return color_name(PALETTE[index if index < 8 else index - 8]) if 0 <= index < 64 else None


def marked_rows(fills: dict[int, dict[int, str]], rows: list[list[Cell]]) -> dict[int, str]:
    """Rows at least half of whose filled-in cells have one colour; a coloured column alone marks none."""
    marked = {}
    for number, colors in fills.items():
        cells = rows[number - 1] if number <= len(rows) else []
        filled = [column for column, cell in enumerate(cells, 1) if cell is not None]
        found = Counter(colors[column] for column in filled if column in colors)
        color, count = found.most_common(1)[0] if found else ("", 0)
        if count and count * 2 >= len(filled):
            marked[number] = color
    return marked
