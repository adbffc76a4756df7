"""Damaged events are read, and each the same way alone and among others."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from scores.sets import fixture_events
from support.logs.parsed import rows_of, schema_of

from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.header.format import HeaderFormat
from loglake.kernels.formats.registry import FORMATS, format_of

pytestmark = pytest.mark.unit

EVENTS = fixture_events()
LEARNS = {name for name, known in FORMATS.items() if isinstance(known, HeaderFormat)}
"""What such a format makes of an event depends on the events that it learned from."""

ODD = (
    '"',
    " ",
    "-",
    "\n",
    "\r",
    "\t",
    "",
    "=",
    "[",
    "]",
    "'",
    "\\",
    '\\"',
    "\x00",
    "é",
    "  ",
    "9" * 25,
    "null",
    "{}",
    "}",
)


def _damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(0, 2)):
        start = chance.choice([chance.randint(0, len(text)), len(text)])
        text = text[:start] + chance.choice(ODD) + text[start + chance.choice([0, 0, 1, 3]) :]
    return text


@pytest.mark.parametrize("name", sorted(EVENTS.keys() & FORMATS.keys() - LEARNS))
def test_damaged_events_are_read_alone_as_among_others(name: str) -> None:
    chance, known = random.Random(name), format_of(name)
    texts = [_damaged(chance.choice(EVENTS[name]), chance) for _ in range(100)]
    raw = pa.array(texts, pa.string())
    schema = schema_of(known, texts)
    together = rows_of(known.parser(schema)(raw), schema)
    claimed = to_mask(known.matches(raw))
    for place in chance.sample(range(len(texts)), 12):
        alone = pa.array([texts[place]], pa.string())
        assert rows_of(known.parser(schema)(alone), schema) == [together[place]]
        assert to_mask(known.matches(alone))[0] == claimed[place]
