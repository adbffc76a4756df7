"""What the fields of a header look like: RE2 by kind, of ``kinds.toml``, and of times and levels."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.formats.levels import MESSAGE_ID
from loglake.kernels.formats.tables import tables, whole, wholes
from loglake.kernels.formats.times.layouts import DATES as LAYOUTS_OF_DATES
from loglake.kernels.formats.times.layouts import LAYOUTS, NAMED_ZONES, unnamed

DATES: Mapping[str, str] = {name: unnamed(layout) for name, layout in LAYOUTS_OF_DATES.items()}
"""Times with a date: an event that starts with one has a header."""

_FILE = tables("kinds.toml")

LEVEL_WORDS = tuple(_FILE["levels"]["words"])
CAPITALS = "|".join(map(str.upper, LEVEL_WORDS))
ANY_CASE = f"(?i:{'|'.join((*LEVEL_WORDS, *_FILE['levels']['cut']))})"
"""Only if something marks it as a level."""

_PARTS = {**_FILE["parts"], "named_zones": NAMED_ZONES, "capitals": CAPITALS, "message_id": MESSAGE_ID}
_TEXTS = wholes(_FILE["kinds"], _PARTS)

CLOCKS: Mapping[str, str] = wholes(_FILE["clocks"], _PARTS)
"""Times that may be something else: a level has to follow."""

KINDS: Mapping[str, str] = {
    **{name: unnamed(layout) for name, layout in LAYOUTS.items()},
    **CLOCKS,
    **{name: text.partition("/")[2][:-1] for name, text in _TEXTS.items()},
    **{"capitals": CAPITALS, "any_case": ANY_CASE},
}

NUMBERS = frozenset(name for name, text in _TEXTS.items() if text.startswith("whole/"))
"""Kinds whose columns may have a type of numbers."""

ROWS: Mapping[str, str] = {",": "csv", ";": "ssv", "\t": "tsv"}
"""The kinds of the cells of rows, by what is between them. Quotes may be around a cell, doubled in it."""

DASHED, TIMES, PADDED = (frozenset(_FILE["sets"][name]) for name in ("dashed", "times", "padded"))
"""Kinds whose value may be a dash; whose columns are timestamps; whose values may have white space around them."""

DIGITS_FIRST, LETTERS_FIRST = (frozenset(_FILE["sets"][name]) for name in ("digits_first", "letters_first"))
"""Kinds that start with a digit; with a letter."""

SPACED_ZONES = (*NAMED_ZONES.split("|"), "+0000", "-00:00")
"""Words that are the zone of the time before them."""

WORDS: Mapping[str, tuple[str, ...]] = {
    **{kind: tuple(whole(text, _PARTS) for text in texts) for kind, texts in _FILE["words"].items()},
    **{kind: (KINDS[kind],) for kind in _FILE["sets"]["words"]},
}
"""RE2 of values of a kind without white space but that between a date and its time."""

ENCLOSED: Mapping[str, tuple[str, str]] = _FILE["enclosed"]
"""Of kinds that only a bracket ends: the brackets, and RE2 of values that are one word and have none."""
