"""JSON objects that no logger should write, but some do."""

from __future__ import annotations

import json
import re
from random import Random

_KEYS = """
    a b c user id userId userid status tags a.b a_b A message msg level severity time line object raw dt hour event_time
    _rescued _source _line _aws CloudWatchMetrics log_group @timestamp café 日本 \U0001f600
"""
ODD_KEYS = [
    "",
    " ",
    ".",
    '"',
    "\\",
    "a b",
    "\x00",
    "\n",
    "1st",
    "__",
    "x" * 300,
    "é" * 200,
    "\u2028",
    "\u212a",
    "\u0131",
]
_SCALARS = """
    0 -0 1 -1 007 1. .5 1.0 1.5 -2.50 1e3 1E-3 1e400 1e-400 -0.0 1e22 9007199254740992 9007199254740993
    9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 0.1 0.30000000000000004
    0.12345678901234567890 123456789.123456789 1699965296 1699965296789 2147483648 1e999999 NaN Infinity -Infinity +1
    true false null True undefined
"""
_STRINGS = r"""
    "" "x" "1" "1.0" "true" "null" "{}" "[]" "a\"b" "\\" "\/" "\u0000" "\u0061" "\ud800" "\udc00" "\ud83d\ude00"
    "\ud83d" "2023-11-14T12:34:56.789Z" "2023-02-30" "2023-11-14" "12:34:56" "2023-11-14T12:34:56.1234567+01:00"
    "9999-12-31T23:59:60Z" "\x" "\u12" 'x' "\b\f\n\r\t" "INFO" "warning" "" "é" "日本" "-"
"""
KEYS, SCALARS, STRINGS = _KEYS.split(), _SCALARS.split(), _STRINGS.split()
SPACES = ["", "", "", " ", "\n", "\t", "\r\n", "  ", "\x0b", "\u00a0"]


def json_text(chance: Random) -> str:
    """One event: usually a JSON object as odd as allowed, sometimes invalid JSON."""
    kind = chance.random()
    if kind < 0.005:
        return _deep(chance)
    if kind < 0.006:
        return _wide(chance)
    if kind < 0.01:
        return '{"n":' + "9" * chance.choice([20, 4_299, 4_300, 5_000, 100_000]) + "}"
    return _pad(chance, _object(chance, chance.choice([1, 2, 3, 7])))


def plain_json(chance: Random) -> str:
    """An event of a well-behaved service: the same few fields, sometimes with one odd value.

    Most batches of these take the fast path, so the test shows whether it notices the odd ones.
    """
    event: dict[str, object] = {
        "time": f"2026-11-21T08:{chance.randrange(60):02d}:00.{chance.randrange(1_000):03d}Z",
        "level": chance.choice(["info", "WARN", "error", None]),
        "msg": chance.choice(["done", "", "größer", "two\nlines"]),
        "user": {"id": chance.randrange(1_000), "plan": chance.choice(["free", "pro"])},
        "took": round(chance.random() * 10 ** chance.randrange(6), chance.randrange(1, 9)),
        "ok": chance.random() < 0.5,
        "tags": ["a", "b]", '"'][: chance.randrange(4)],
    }
    if chance.random() < 0.02:
        event[chance.choice(list(event))] = chance.choice([1, 1.5, "x", True, None, {}, [], {"id": "x"}, 2**63])
    text = json.dumps(event, ensure_ascii=chance.random() < 0.5)
    return _with_odd_value(chance, text) if chance.random() < 0.05 else text


def _with_odd_value(chance: Random, text: str) -> str:
    number = chance.choice([*SCALARS, "0.1234567890123456789", "123456789012.5", "1e5", "0.10000000000000001"])
    old, new = chance.choice(
        [
            (r'"took": [^,]*', f'"took": {number}'),
            (r'"id": [^,]*', f'"id": {number}'),
            (r'"tags": \[.*?\]', f'"tags": [{number}]'),
            (r'"tags": \[.*?\]', f'"tags": [["x"], {{"took": {number}}}]'),
            (r'"ok": [^,]*', f'"ok": true, "ok": {number}'),
            (r'"ok": ', f'"took": {number}, "ok": '),
            (r'"ok": ', '"o\\u006b": '),
        ]
    )
    return re.sub(old, lambda _: new, text, count=1)


def _deep(chance: Random) -> str:
    depth = chance.choice([4, 5, 6, 7, 40, 990, 1_100, 5_000, 60_000])
    opening, closing = chance.choice([('{"a":', "}"), ("[", "]"), ('{"a":[', "]}")])
    text = opening * depth + chance.choice(["1", "{}", "null", '"x"']) + closing * (depth - chance.choice([0, 0, 0, 1]))
    return text if text.startswith("{") else f'{{"deep":{text}}}'


def _wide(chance: Random) -> str:
    count = chance.choice([70, 499, 501, 700])
    return "{" + ",".join(f'"k{chance.randrange(2_000)}":{number}' for number in range(count)) + "}"


def _object(chance: Random, depth: int) -> str:
    space = chance.choice(SPACES[:6])
    members = [
        f"{_key(chance)}{space}:{space}{_value(chance, depth)}" for _ in range(chance.choice([0, 1, 2, 3, 5, 9]))
    ]
    if members and chance.random() < 0.1:
        members.append(chance.choice(members))
    return "{" + space + ("," + space).join(members) + space + "}"


def _key(chance: Random) -> str:
    key = chance.choice(KEYS if chance.random() < 0.9 else ODD_KEYS)
    if chance.random() < 0.03:
        return chance.choice(['"\\ud800"', '"\\u0061"', "a", "'a'", '"a', '"\\ud83d\\ude00"'])
    return json.dumps(key, ensure_ascii=chance.random() < 0.5)


def _value(chance: Random, depth: int) -> str:
    kind = chance.random()
    if depth > 0 and kind < 0.2:
        return _object(chance, depth - 1)
    if depth > 0 and kind < 0.3:
        return "[" + ",".join(_value(chance, depth - 1) for _ in range(chance.randrange(4))) + "]"
    if kind < 0.6:
        return chance.choice(STRINGS) if chance.random() < 0.8 else json.dumps(_random_text(chance))
    if kind < 0.7:
        return repr(
            chance.choice(
                [chance.random(), chance.uniform(-1e9, 1e9), chance.random() * 10.0 ** chance.randrange(-300, 300)]
            )
        )
    return chance.choice(SCALARS)


def _random_text(chance: Random) -> str:
    return "".join(
        chr(chance.choice([chance.randrange(128), chance.randrange(0xD800)])) for _ in range(chance.randrange(9))
    )


def _pad(chance: Random, text: str) -> str:
    if chance.random() < 0.1:
        text = chance.choice(SPACES) + text + chance.choice(SPACES)
    return text + chance.choice(["}", "]", ",", "{}", " x", "\x00"]) if chance.random() < 0.03 else text
