"""The one table of how logs write times: ``layouts.toml``, which says what a layout's groups are."""

from __future__ import annotations

import re
from collections.abc import Mapping

from loglake.kernels.formats.tables import tables, wholes

_FILE = tables("times/layouts.toml")
_PARTS: Mapping[str, str] = wholes(_FILE["parts"], _FILE["parts"])

MONTHS = tuple(_PARTS["months"].split("|"))
NAMED_ZONES = _PARTS["named_zones"]

DATES: Mapping[str, str] = wholes(_FILE["dates"], _PARTS)
"""Times with a date: an event that starts with one has a header."""

LAYOUTS: Mapping[str, str] = {**DATES, **wholes(_FILE["others"], _PARTS)}

TAI_AHEAD = 10
"""Seconds, as daemontools counts: https://cr.yp.to/libtai/tai64.html"""

MONTH_FIRST = "android"
"""A layout whose month only what stands around it shows."""

WITH_SLASH = (r"^(\d\d)-(\d\d) ", r"\1/\2-")
"""RE2, and what makes a time of that layout one of `snort`, which shows it itself."""


def unnamed(layout: str) -> str:
    """A layout whose groups have no names, as a part of another pattern."""
    return re.sub(r"\?P<\w+>", "?:", re.sub(r"\(\?P<\w+>([^()|]*)\)(?!\?)", r"\1", layout))
