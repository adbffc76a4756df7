"""Lines of a layout are cut at spaces only if that gives what the layout's pattern finds."""

from __future__ import annotations

import random
from dataclasses import replace

import pyarrow as pa
import pytest
from support.logs.parsed import rows_of, schema_of

from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.imports.apache import apache_format
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.nginx import nginx_format

pytestmark = pytest.mark.unit

_TIME = "21/Nov/2026:08:30:01 +0100"
_REQUEST = '"GET /orders?id=17 HTTP/1.1"'
_AGENT = '"https://shop.example.com/a b" "Mozilla/5.0 (X11; Linux x86_64)"'
LAYOUTS = [
    (nginx_format("combined"), f"192.0.2.1 - ana [{_TIME}] {_REQUEST} 200 17 {_AGENT}"),
    (
        nginx_format('$host [$time_iso8601] $request_time $upstream_addr $upstream_status "$request" $pipe $status'),
        f"a.example [2026-11-21T08:30:01+01:00] 0.004 192.0.2.7:80 200 {_REQUEST} . 200",
    ),
    (
        nginx_format("$remote_user $time_local $http_x_forwarded_for : $upstream_response_time | $bytes_sent x"),
        f"ana {_TIME} 192.0.2.7 : 0.003 | 17 x",
    ),
    (nginx_format("$upstream_addr $upstream_status $status $remote_user"), "192.0.2.7:80 200 200 ana"),
    (apache_format("combined"), f"192.0.2.1 - ana [{_TIME}] {_REQUEST} 200 17 {_AGENT}"),
    (apache_format('%u %U %D %{ms}T "%r" %t [%p]'), f"ana /orders 17 4 {_REQUEST} [{_TIME}] [443]"),
]
ODD = (
    *(
        " ",
        "  ",
        '"',
        "\\",
        '\\"',
        "-",
        ":",
        " : ",
        ",",
        ", ",
        "[",
        "]",
        "\t",
        "\n",
        "\r",
        "\f",
        "\x00",
        "é",
        " \u00a0",
    ),
    *("|", " | ", "- ", " -", '""', '" "', "] [", ":x", "HTTP/1.1", "\x0b"),
)


def _exact(known: OwnFormat) -> OwnFormat:
    return OwnFormat(known.id, [replace(each, orders=()) for each in known.shapes.shapes])


def _damaged(line: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 3)):
        words = line.split(" ")
        at = chance.randrange(len(line) + 1)
        if chance.random() < 0.3:
            words[chance.randrange(len(words))] = chance.choice(ODD)
            line = " ".join(words)
        else:
            line = line[:at] + chance.choice(ODD) + line[at + chance.choice([0, 0, 1, 2]) :]
    return line


@pytest.mark.parametrize(("known", "usual"), LAYOUTS)
def test_damaged_lines_are_read_as_by_the_pattern(known: OwnFormat, usual: str) -> None:
    chance = random.Random(usual)
    texts = [usual] * 40 + [_damaged(usual, chance) for _ in range(400)]
    raw = pa.array(texts, pa.string())
    schema = schema_of(known, texts)
    assert schema == schema_of(_exact(known), texts)
    assert rows_of(known.parser(schema)(raw), schema) == rows_of(_exact(known).parser(schema)(raw), schema)


@pytest.mark.parametrize(("known", "usual"), [each for each in LAYOUTS if " : " not in each[1]])
def test_a_usual_line_is_cut(known: OwnFormat, usual: str) -> None:
    (shape,) = known.shapes.shapes
    (order,) = shape.orders
    assert to_mask(order.matches(pa.array([usual]))).all()


@pytest.mark.parametrize(
    "known",
    [
        *map(nginx_format, ("$host:$server_port $status", "'$request' $status", "$status\t$host", "$a  $b", "$a : $b")),
        apache_format("%h %{%Y}t"),
    ],
)
def test_a_layout_without_clear_ends_is_left_to_the_pattern(known: OwnFormat) -> None:
    (shape,) = known.shapes.shapes
    assert not shape.orders


def test_a_list_of_addresses_does_not_end_at_its_first_one() -> None:
    known = nginx_format("$upstream_addr $status $host")
    texts = ["192.0.2.7:80 200 a.example"] * 9 + ["192.0.2.7:80 : 192.0.2.8:80 200 a.example"]
    schema = schema_of(known, texts)
    row = rows_of(known.parser(schema)(pa.array(texts)), schema)[-1]
    assert row["upstream_addr"] == "192.0.2.7:80 : 192.0.2.8:80"
