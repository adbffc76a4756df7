"""Lines that are rows: a time, then cells between tabs, bars or semicolons, which no line names.

One line shows little. So a sample has to be of one mind: nearly all of its lines that start with a time and the same
sign have the same number of cells. The cells are named by their places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from loglake.kernels.formats.header.kinds import CAPITALS
from loglake.kernels.formats.header.layout import END, TAIL
from loglake.kernels.formats.header.piece import State, compiled
from loglake.kernels.formats.header.pieces import time

_KINDS = {"\t": "tabbed", "|": "cell", ";": "semicolons"}
_FEWEST = {"\t": 3, "|": 4, ";": 4}
_MOST = 64
"""Signs behind the time: so few show nothing, and a layout with very many is slow."""

FEW, NEARLY_ALL = 2, 0.9
"""Lines alike, and their share of those that start alike."""

_LEVEL = compiled(rf" *(?:{CAPITALS}) *")
_EPOCH = "{timestamp:epoch}"


def row_layouts(events: Iterable[str]) -> dict[str, list[str]]:
    """The layouts of rows, each with its events. A line that names a level has a header, and is no row."""
    rows = [(event, *_row(event)) for event in events]
    starts = Counter(start for _, start, _ in rows if start)
    counts = Counter((start, text) for _, start, text in rows if text)
    sure = {text for (start, text), count in counts.items() if count >= max(FEW, NEARLY_ALL * starts[start])}
    return {text: [event for event, _, own in rows if own == text] for text in sure}


def _row(event: str) -> tuple[str, str]:
    """How a line starts, up to the first sign, and its layout as a row; empty if it has none."""
    if not any(sign in event for sign in _KINDS):
        return "", ""
    state = State(event)
    found = time(state)
    rest = event[state.at :].rstrip("\r\n")
    sign = rest.lstrip(" ")[:1]
    if found is None or sign not in _KINDS or not (state.has_date or found.text == _EPOCH):
        return "", ""
    if any(map(_LEVEL.fullmatch, rest.split(sign))):
        return "", ""
    start, count = f"{found.text}{sign}", rest.count(sign)
    if "\n" in rest or rest.endswith("}") or not _FEWEST[sign] <= count <= _MOST:
        return start, ""
    between = " | " if sign == "|" else sign
    names = [f"{{field_{place}:{_KINDS[sign]}}}" for place in range(2, count + 2)]
    return start, between.join([found.text, *names]) + TAIL + END
