"""Damaged events are read, and each the same way alone and among others."""

from __future__ import annotations

import random
import re

import pyarrow as pa
import pytest
from scores.sets import fixture_events
from support.logs.parsed import rows_of, schema_of

from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.pairs.reading import SMALL
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


_EDGE = re.compile(r'(?<=[\s"=\[\]])|(?=[\s"=\[\]])')
_ENDS = ("=", '"', "'", " ")


def _damaged_at_edges(text: str, chance: random.Random) -> str:
    """An odd text where a value starts or ends, as often as not in a way that leaves the order of the fields."""
    places = [found.start() for found in _EDGE.finditer(text)] or [0]
    at = chance.choice(places)
    return text[:at] + chance.choice(_ENDS) + text[at:]


@pytest.mark.parametrize("name", sorted(EVENTS.keys() & FORMATS.keys()))
def test_many_events_of_the_same_order_are_read_as_each_alone(name: str) -> None:
    """Such are cut together, unlike a few: see `Order` and `pairs`."""
    chance, known = random.Random(name), format_of(name)
    for usual in sorted(EVENTS[name], key=lambda text: len(_EDGE.findall(text)))[-2:]:
        odd = [_damaged_at_edges(usual, chance) for _ in range(80)]
        texts = [usual] * (SMALL + 1) + odd
        raw = pa.array(texts, pa.string())
        own = known.learned(raw) if isinstance(known, HeaderFormat) else known
        schema = schema_of(own, texts)
        parse = own.parser(schema)
        found = rows_of(parse(raw), schema)[-len(odd) :]
        assert rows_of(parse(pa.array(odd, pa.string())), schema) == found
        for place in chance.sample(range(len(odd)), 3):
            assert rows_of(parse(pa.array([odd[place]], pa.string())), schema) == [found[place]]
