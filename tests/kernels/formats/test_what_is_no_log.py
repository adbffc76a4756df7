"""What programs print besides logs stays plain text: a false claim is worse than no columns."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow as pa
import pytest
from support.worlds.planned_bundles import convert_events

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


@pytest.mark.parametrize(
    ("event", "format_", "columns"),
    [
        ("2026-11-21T08:00:00Z ERROR audit: cannot write", "header", {"level": "ERROR", "logger": "audit"}),
        ("2026-11-21T08:00:00Z INFO kernel: loaded", "header", {"level": "INFO", "logger": "kernel"}),
        ("2026-11-21T08:00:00Z ERROR containerd[17]: x", "header", {"level": "ERROR", "logger": "containerd"}),
        ("2026-11-21T08:00:00Z warn kubelet: x", "header", {"message": "warn kubelet: x"}),
        ("2026-11-21T08:00:00Z DEBUG1 kernel: x", "header", {"message": "DEBUG1 kernel: x"}),
        ("2026-11-21T08:00:00Z users named: ana, ben", "header", {"message": "users named: ana, ben"}),
        ("2026-11-21T08:00:00Z info main - - - ready", "header", {"message": "info main - - - ready"}),
        (
            "2026-11-21T08:00:00Z total was 17 EUR - paid by ana",
            "header",
            {"message": "total was 17 EUR - paid by ana"},
        ),
        ("2026-11-21T08:00:00Z web-1 kernel: x", "syslog", {"host": "web-1", "program": "kernel"}),
        ("2026-11-21 08:00:00 no error  found here", "header", {"message": "no error  found here"}),
        ("2026-11-21 08:00:00 my fatal  flaw", "header", {"message": "my fatal  flaw"}),
        ("2026-11-21 08:00:00 alert  them all", "header", {"message": "alert  them all"}),
        ("2026-11-21 08:00:00 error [sic] in text", "header", {"message": "error [sic] in text"}),
        ("2026-11-21 08:00:00 INFO SHA256: 9f86d081", "header", {"message": "SHA256: 9f86d081"}),
        ("2026-11-21 08:00:00 INFO ABC1234: shipped", "header", {"message": "ABC1234: shipped"}),
        ("2026-11-21 08:00:00 INFO [main] a.B - 3 5 - 8 is the sum", "header", {"message": "3 5 - 8 is the sum"}),
    ],
)
def test_one_line_has_only_the_columns_that_are_sure(event: str, format_: str, columns: dict[str, str]) -> None:
    """Words of prose and levels are neither hosts nor names, and what may be said is part of the message."""
    (row,), result = convert_events([event])
    assert result.accounting.read_as[format_] == 1
    assert {name: row[name] for name in columns} == columns
    assert {"host", "message_id", "trace_id"} & {name for name in row if row[name] is not None} == {
        "host",
        "message_id",
        "trace_id",
    } & columns.keys()


def test_noise_stays_text() -> None:
    chance = random.Random(17)
    noise = ["".join(chr(chance.randrange(1, 256)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    printable = ["".join(chr(chance.randrange(32, 127)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    assert count_formats(pa.array(noise + printable, pa.string())) == {"text": 4_000}
