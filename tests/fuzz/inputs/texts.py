"""Texts of events: odd JSON, lines of every known format, plain text, and other bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Callable

from support.yaml_files import read_yaml

from fuzz.inputs.mutations import mutate
from fuzz.inputs.nasty_json import json_text, plain_json

FIXTURES = Path(__file__).parents[2] / "kernels" / "formats" / "fixtures"

PLAIN = [
    b"",
    b" ",
    b"\r",
    b"\t",
    b"\x00",
    b"plain text",
    b"ERROR something broke",
    b"two\nlines",
    b"\n\n",
    b'Traceback (most recent call last):\n  File "app.py", line 12, in run\n    go()\nValueError: 1',
    b"2026-11-21T08:30:00.123Z",
    b"2026-11-21T08:30:00.123Z ",
    b"2026-11-21T08:30:00.123Z nested timestamp",
    b"x\n2026-11-21T08:30:00.123Z a line of its own",
    b"x\n2026-02-30T08:30:00.123Z no day",
    b"x\n2026-11-21T24:00:00.000Z no hour",
    b"x\n0000-01-01T00:00:00.000Z no year",
    b"x\n2026-11-21T08:30:00.123Zno space",
    b"x\n2026-11-21T08:30:00.12",
    b"line\x0bseparators\x0c\x1c\x1d\x85",
    "\u2028\u2029\x85\ufeff\ufffd \u200b".encode(),
    "größer, 日本, \U0001f600, e\u0301".encode(),
    b"\xff\xfe\x00",
    b"\xc3",
    b"\xe2\x82",
    b"\xed\xa0\x80 a surrogate",
    b"\xf4\x90\x80\x80 beyond unicode",
    b"\xc0\x80 overlong",
    b"\x1f\x8b\x08\x00",
    b'{"a": "\xff"}',
    b'\xef\xbb\xbf{"a": 1}',
    b"a=1 b=2",
    b"=",
    b'"',
    b"-",
]

UNITS = [
    b"x",
    b"ab\n",
    b" ",
    b"\t",
    b"\r",
    b"\\",
    b'"',
    b"'",
    b"[",
    b"(",
    b"-",
    b"=",
    b"a=1 ",
    b'a="b\\"" ',
    b"a1=1 ",
    b'{"a":1},',
    b'{"a":',
    b'"a":1,',
    b'\\"',
    b"2026-11-21 08:30:00 ",
    b"<34>",
    b"# Time: ",
    b"# User@Host: a[a] @ [] ",
    b'{"owner":',
    b'{"messageType":"DATA_MESSAGE","logEvents":[',
    b'{"Records":[',
    b"\xff",
    "日".encode(),
    "\ud800".encode("utf-8", "surrogatepass"),
    b"\x00",
]
"""What long texts are made of: what may cost more than its length, for a pattern or a parser."""

Make = Callable[[Random], bytes]


@cache
def fixtures() -> dict[str, list[bytes]]:
    """The events of each format's fixtures."""
    lines = {path.stem: path.read_bytes().splitlines() for path in sorted(FIXTURES.glob("*.log"))}
    for path in sorted(FIXTURES.glob("*.yaml")):
        lines[path.stem] = [fixture["event"].encode() for fixture in read_yaml(path)]
    return lines


def _of_format(name: str) -> Make:
    def make(chance: Random) -> bytes:
        line = chance.choice(fixtures()[name])
        return mutate(chance, line, 1 + chance.randrange(3)) if chance.random() < 0.25 else line

    return make


def _json(chance: Random) -> bytes:
    return json_text(chance).encode("utf-8", "surrogatepass")


def _plain_json(chance: Random) -> bytes:
    return plain_json(chance).encode()


def _plain(chance: Random) -> bytes:
    return chance.choice(PLAIN) if chance.random() < 0.9 else chance.randbytes(chance.randrange(40))


def huge_text(chance: Random) -> bytes:
    """A long line, or many short ones."""
    size = chance.choice([3_000, 70_000, 300_000, 1_100_000])
    unit = chance.choice(UNITS)
    text = unit * (size // len(unit))
    return b'{"big":"' + text + b'"}' if chance.random() < 0.3 else text


def _makers() -> dict[str, Make]:
    return {
        "json": _json,
        "plain json": _plain_json,
        "plain": _plain,
        **{name: _of_format(name) for name in fixtures()},
    }


def mix(chance: Random) -> Make:
    """A source of texts: mostly of one kind, as in a log group, with others among them."""
    makers = list(_makers().values())
    main = chance.choice([_json, _plain_json, _plain, chance.choice(makers), chance.choice(makers)])
    others: Sequence[Make] = [main] * chance.choice([1, 5, 40]) + [_plain, chance.choice(makers), _json]
    huge = chance.random() < 0.05

    def make(source: Random) -> bytes:
        return huge_text(source) if huge and source.random() < 0.2 else source.choice(others)(source)

    return make
