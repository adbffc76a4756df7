"""The time that a line has behind other fields, such as ``[1421] 2026/11/21 08:30:00.123456 [INF]``.

The layouts that columns come of say where it stands: so what finds the column ``timestamp`` gives the event's time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo

import pyarrow as pa

from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.scan import fields_in
from loglake.kernels.formats.times.layouts import MONTH_FIRST, WITH_SLASH
from loglake.kernels.readers.plain.stamps import Stamp, find_stamp

_COLUMN = "timestamp"
_SAMPLED = 200
"""Lines of which layouts are learned."""

_CLOCK = re.compile(r"\d[:.]\d\d|\d{6}")
"""What every time has. To learn layouts takes half a second at first, and most files without times lack it."""


def layouts_with_time(lines: Sequence[str]) -> tuple[str, ...]:
    """The layouts of headers that some of these lines have, and that hold a time."""
    texts = [line for line in lines if not line.startswith("{") and _CLOCK.search(line)][:_SAMPLED]
    if not texts:
        return ()
    found = HeaderFormat().claimed(pa.array(texts, pa.string()))[0].layouts
    return tuple(layout for layout in found if f"{{{_COLUMN}:" in layout)


def stamp_behind(line: str, layouts: Iterable[str], zone: tzinfo) -> Stamp | None:
    """The timestamp in the first of the layouts that a line has."""
    for layout in layouts:
        if found := fields_in(layout, line):
            time = found[_COLUMN]
            return find_stamp(re.sub(*WITH_SLASH, time) if f"{{{_COLUMN}:{MONTH_FIRST}}}" in layout else time, zone)
    return None
