"""Raw objects that AWS services deliver, and some that are not logs."""

from __future__ import annotations

from random import Random
from typing import Callable

from fuzz.inputs.bodies import pack
from fuzz.inputs.mutations import mutate
from fuzz.inputs.texts import fixtures, huge_text

Make = Callable[[Random], bytes]

LINES = ("alb", "nlb", "cloudfront", "s3_access", "vpc_flow", "waf", "route53_resolver")
HEADERS = [
    b"#Version: 1.0",
    b"#Fields: date time x-edge-location sc-bytes",
    b"#Fields: time date",
    b"#Fields:",
    b"# a comment",
    b"version account-id interface-id srcaddr dstaddr start end action log-status",
    b"action log-status",
    b"",
    b"\r",
    b" ",
    b"no time at all",
]
OTHERS = [
    b"",
    b"\n",
    b"\x00" * 100,
    b"PAR1\x15\x04PAR1",
    b"PK\x03\x04",
    b"\xff\xfe2\x000\x002\x006\x00",
    b"\x28\xb5\x2f\xfd\x00",
    b"{}",
    b"[]",
    b'{"Records":[]}',
    b'{"Records":',
    b'{"messageType":"DATA_MESSAGE"',
    b'{"messageType":"DATA_MESSAGE"}',
    b'{"awslogs":{"data":""}}',
    b"null",
    b"no timestamp\nat all\n",
]


def service_log_body(chance: Random, _make: Make) -> bytes:
    """Lines of a service, or a file of CloudTrail's; headers and odd lines among them."""
    if chance.random() < 0.2:
        return wrap(chance, _cloudtrail(chance))
    newline = chance.choice([b"\n", b"\n", b"\n", b"\r\n"])
    own = fixtures()[chance.choice(LINES)]
    lines = [b"#Version: 1.0"] if chance.random() < 0.2 else []
    for _ in range(chance.choice([1, 2, 5, 50])):
        lines.append(_odd(chance, chance.choice(own)) if chance.random() < 0.9 else chance.choice(HEADERS))
    text = newline.join(lines) + (newline if chance.random() < 0.8 else b"")
    return wrap(chance, text)


def other_body(chance: Random, make: Make) -> bytes:
    """An object that is not a log."""
    text = chance.choice([chance.choice(OTHERS), chance.randbytes(chance.randrange(300)), make(chance)])
    text = huge_text(chance) if chance.random() < 0.1 else text
    return wrap(chance, text)


def wrap(chance: Random, text: bytes) -> bytes:
    """Text in layers of gzip, sometimes damaged before or after."""
    if chance.random() < 0.2:
        text = mutate(chance, text, chance.randint(1, 3))
    for _ in range(chance.choice([1, 1, 1, 1, 2, 3, 4])):
        text = pack(chance, text)
    return mutate(chance, text) if chance.random() < 0.15 else text


def _odd(chance: Random, line: bytes) -> bytes:
    return mutate(chance, line) if chance.random() < 0.1 else line


def _cloudtrail(chance: Random) -> bytes:
    records = fixtures()["cloudtrail"]
    separator = chance.choice([b",", b",", b" ,\n "])
    documents = [
        b'{"Records":['
        + separator.join(_odd(chance, chance.choice(records)) for _ in range(chance.randrange(6)))
        + b"]}"
        for _ in range(chance.choice([1, 1, 2]))
    ]
    return chance.choice([b"", b"\n"]).join(documents)
