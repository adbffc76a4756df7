"""What programs print besides logs stays plain text: a false claim is worse than no columns."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow as pa
import pytest

from loglake.kernels.sample import count_formats

pytestmark = pytest.mark.unit

SAMPLES = (Path(__file__).parent / "no_logs.txt").read_text("utf-8")
KINDS = {kind: text.rstrip("\n") for kind, text in re.findall(r"(?ms)^## ([^\n]+)\n(.*?)(?=^## |\Z)", SAMPLES)}
"""Lines of each kind, which are looked at one by one and together."""


@pytest.mark.parametrize("kind", KINDS)
def test_it_stays_text(kind: str) -> None:
    lines = KINDS[kind].splitlines()
    events = [*lines, KINDS[kind]]
    assert count_formats(pa.array(events, pa.string())) == {"text": len(events)}
    assert [count_formats(pa.array([event], pa.string())) for event in events] == [{"text": 1}] * len(events)


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 18


def test_noise_stays_text() -> None:
    chance = random.Random(17)
    noise = ["".join(chr(chance.randrange(1, 256)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    printable = ["".join(chr(chance.randrange(32, 127)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    assert count_formats(pa.array(noise + printable, pa.string())) == {"text": 4_000}
