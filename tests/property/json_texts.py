"""Random JSON texts in forms that JSON readers disagree about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

KINDS = ("boolean", "bigint", "double", "string", "array", "object")

_NUMBERS = """
    0 -0 1 -1 200 200.5 1.0 -2.50 1e3 1E-3 0.0 -0.0 1e400 -1e400 1e-400 1e22 0.1 0.30000000000000004
    1.7976931348623157e308
    9007199254740991 9007199254740992 9007199254740993 9223372036854775807 9223372036854775808 -9223372036854775808
    -9223372036854775809 0.1234567890123456789 123456789012345678901234567890.12345 18446744073709551615 1699965296
    1699965296789 1e-99999999999999999999 1E+99999999999999999999 5e-324 123456789.123456789
"""
_STRINGS = (
    "",
    " ",
    "x",
    "OK",
    "true",
    "null",
    "1",
    "200.5",
    "NaN",
    "{}",
    "[]",
    "2023-11-14T12:34:56.789Z",
    "2023-02-30T00:00:00Z",
    "2023-11-14",
    "10:15:30",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "caf\u00e9 \u2603 \U0001f600",
    'a "quoted" \\ word',
    "two\nlines\tand a tab",
    "\u2028",
    "\ufeff",
    "\ufffd",
    '":[1],"',
    "x" * 300,
)
_WORDS = "order paid late retry cart user timeout GET POST ok failed 17 caf\u00e9"
_MEMBERS = {"a": "bigint", "b": "string", "c": "double", "d": "array"}
_LONG_INTEGER = "7" * 5_000
"""Python refuses to read more than 4,300 digits at once."""


def boolean(random: Random) -> str:
    """``true`` or ``false``."""
    return random.choice(["true", "false"])


def bigint(random: Random) -> str:
    """An integer of 64 bits."""
    bits = random.choice([4, 10, 31, 33, 53, 54, 63])
    return str(random.randint(-(1 << bits), (1 << bits) - 1))


def double(random: Random) -> str:
    """A fraction of up to nine digits, or of as many as a double needs."""
    if random.random() < 0.8:
        return f"{random.randint(-99_999, 99_999)}.{random.randint(0, 9_999):04d}"
    return repr(random.uniform(-1, 1) * 10.0 ** random.randint(-30, 30) + 0.5)


def words(random: Random) -> str:
    """Plain words."""
    return " ".join(random.choices(_WORDS.split(), k=random.randint(0, 6)))


def odd_number(random: Random) -> str:
    """A number that some readers round, refuse or read as another type."""
    return _LONG_INTEGER if random.random() < 0.01 else random.choice(_NUMBERS.split())


def endless(random: Random) -> str:
    """A fraction of more digits than a double has."""
    return f"{random.uniform(-1_000, 1_000):.3f}{random.getrandbits(60)}"


def string(random: Random, odd: float) -> str:
    """A quoted string; `odd` is the share of strings that some reader gets wrong."""
    return quoted(random, random.choice(_STRINGS) if random.random() < odd else words(random))


def quoted(random: Random, text: str) -> str:
    """A string in quotes, with some escapes."""
    plain = json.dumps(text, ensure_ascii=random.random() < 0.5 or not _is_encodable(text))
    if text.isalnum() and text.isascii() and random.random() < 0.05:
        return f'"\\u{ord(text[0]):04x}{text[1:]}"'
    return plain.replace("/", "\\/") if random.random() < 0.1 else plain


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def value(random: Random, kind: str, odd: float = 0.0, depth: int = 2) -> str:
    """A value of a kind. An odd one is still that kind of JSON, but hardly of that type."""
    if kind in {"array", "object"}:
        return _container(random, kind, odd, depth)
    if kind == "string":
        return string(random, odd)
    if kind == "boolean":
        return boolean(random)
    if kind == "bigint":
        return odd_number(random) if random.random() < odd else bigint(random)
    if random.random() < odd:
        return random.choice([odd_number, endless])(random)
    return double(random)


def _container(random: Random, kind: str, odd: float, depth: int) -> str:
    """An array or object. If it is not odd, its parts have one type each, so a reader that infers types accepts it."""
    count = random.randint(0, 3) if depth else 0
    keys = random.sample(sorted(_MEMBERS), count) if random.random() >= odd / 4 else random.choices("ab", k=count)
    usual = [_MEMBERS[key] if kind == "object" else "bigint" for key in keys]
    kinds = [random.choice(KINDS) if random.random() < 2 * odd else each for each in usual]
    inner = [value(random, each, odd, depth - 1) for each in kinds]
    if kind == "array":
        return f"[{random.choice([', ', ',']).join(inner)}]"
    return obj(random, list(zip(keys, inner, strict=True)))


def deep(random: Random, levels: int) -> str:
    """An object in an object in an object, and a number at the bottom."""
    text = bigint(random)
    for _ in range(levels):
        text = obj(random, [(random.choice("abc"), text)])
    return text


def obj(random: Random, members: Sequence[tuple[str, str]]) -> str:
    """An object; the values of its members are already JSON texts."""
    space = random.choice(["", "", " ", "\n  "])
    written = [f"{quoted(random, key)}{random.choice([':', ': ', ' :'])}{text}" for key, text in members]
    return "{" + space + f",{space}".join(written) + random.choice(["", space]) + "}"
