"""The known layout of an event is the first one that it has, though most are not tried one by one."""

from __future__ import annotations

import random
import re

import pytest
from scores.sets import fixture_sets

from loglake.kernels.formats.learn.known import known_layout, known_layouts
from loglake.kernels.formats.learn.layout import layout_of

pytestmark = pytest.mark.unit

ODD = (" ", "", "[", "]", ":", "\n", "\t", "é", "2026", "-", '"')


def test_the_first_layout_that_an_event_has_is_found() -> None:
    chance = random.Random(1)
    events = [known.text for own in fixture_sets() for known in own.events[:40]]
    events += [_damaged(event, chance) for event in events if known_layout(event)]
    patterns = [(text, re.compile(layout_of(text).start, re.ASCII)) for text in known_layouts()]
    for event in events:
        assert known_layout(event) == next((text for text, pattern in patterns if pattern.match(event)), None)


def _damaged(event: str, chance: random.Random) -> str:
    at = chance.randrange(40)
    return event[:at] + chance.choice(ODD) + event[at + chance.choice([0, 1, 3]) :]
