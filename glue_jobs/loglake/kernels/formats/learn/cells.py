"""Lines that are rows: a time, then cells between tabs, bars, semicolons or spaces, which no line names.

One line shows little. So a sample has to be of one mind: nearly all of its lines that start with a time and the same
sign have the same number of cells. The cells are named by their places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from loglake.kernels.formats.kinds import CAPITALS
from loglake.kernels.formats.learn.known import known_layout
from loglake.kernels.formats.learn.layout import END, TAIL
from loglake.kernels.formats.learn.piece import State, compiled
from loglake.kernels.formats.learn.pieces import time

_KINDS = {"\t": "tabbed", "|": "cell", ";": "semicolons", " ": "w3c"}
_FEWEST = {"\t": 3, "|": 4, ";": 4, " ": 8}
_MOST = 64
"""Signs behind the time: so few show nothing, and a layout with very many is slow."""

FEW, FEW_SPACED, NEARLY_ALL = 2, 4, 0.9
"""Lines alike, more of those with spaces, and their share of those that start alike."""

MOST_WORDS = 0.2
"""The share of words among cells between spaces: a message has more."""

_LEVEL = rf"\[? *(?:{CAPITALS}) *\]?:?"
_SPACED = r'(?: +(?:"[^"\n]*"|[^\s"=]+))+ *'
_CELL = r'"[^"\n]*"|\S+'
_WORD = r"[A-Za-z']+[.,:;!?)]*"
_EPOCHS = ("{timestamp:epoch}", "{timestamp:since}")


def row_layouts(events: Iterable[str]) -> dict[str, list[str]]:
    """The layouts of rows, each with its events. A line that names a level has a header, and is no row."""
    rows = [(event, *_row(event)) for event in events]
    starts = Counter(start for _, start, _ in rows if start)
    counts = Counter((start, text) for _, start, text in rows if text)
    sure = {
        text
        for (start, text), count in counts.items()
        if count >= max(FEW_SPACED if start.endswith(" ") else FEW, NEARLY_ALL * starts[start])
    }
    return {text: [event for event, _, own in rows if own == text] for text in sure}


def is_row(text: str) -> bool:
    """Whether a layout is one of rows."""
    return text.endswith(TAIL + END) and "{field_2:" in text


def _row(event: str) -> tuple[str, str]:
    """How a line starts, up to the first sign, and its layout as a row; empty if it has none."""
    if not event[:1].isdigit() or not any(event.count(sign) >= fewest for sign, fewest in _FEWEST.items()):
        return "", ""
    state = State(event)
    found = time(state)
    rest = event[state.at :].rstrip("\r\n ")
    sign = rest.lstrip(" ")[:1] if rest.lstrip(" ")[:1] in _KINDS else " "
    if found is None or not rest.startswith((sign, " ")) or not (state.has_date or found.text in _EPOCHS):
        return "", ""
    cells = compiled(_CELL).findall(rest) if sign == " " else rest.split(sign)[1:]
    if any(compiled(_LEVEL).fullmatch(cell.strip()) for cell in cells):
        return "", ""
    start = f"{found.text}{sign}"
    if "\n" in rest or rest.endswith("}") or not _FEWEST[sign] <= len(cells) <= _MOST or _is_text(sign, rest, cells):
        return start, ""
    if known_layout(event) is not None:
        return "", ""
    between = " | " if sign == "|" else sign
    names = [f"{{field_{place}:{_KINDS[sign]}}}" for place in range(2, len(cells) + 2)]
    return start, between.join([found.text, *names]) + TAIL + END


def _is_text(sign: str, rest: str, cells: Sequence[str]) -> bool:
    """Whether what spaces are between is rather a message."""
    return sign == " " and (
        not compiled(_SPACED).fullmatch(rest)
        or sum(bool(compiled(_WORD).fullmatch(cell)) for cell in cells) > MOST_WORDS * len(cells)
    )
