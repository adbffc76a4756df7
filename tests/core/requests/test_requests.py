"""Request objects: how they are parsed, and the messages about invalid ones."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from loglake.core.requests.requests import RequestKind, continue_body, parse_request, request_body
from loglake.core.units import parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

WINDOW = Window(parse_instant("2026-11-01"), parse_instant("2026-11-08T12:00"))


def test_a_request_names_groups_and_a_range() -> None:
    request = parse_request("requests/requested/7", request_body(["/app/*"], WINDOW))
    assert request.kind is RequestKind.REQUESTED
    assert request.window == WINDOW
    assert request.matches("/app/shop")
    assert not request.matches("/web/shop")


def test_a_request_may_ask_for_what_is_there_already() -> None:
    assert not parse_request("requests/requested/7", request_body(["/app/*"], WINDOW)).reexport
    assert parse_request("requests/requested/7", request_body(["/app/*"], WINDOW, reexport=True)).reexport
    assert b"reexport" not in request_body(["/app/*"], WINDOW)


def test_the_body_of_a_scheduled_request_is_not_read() -> None:
    request = parse_request("requests/scheduled/a/b", b"\x00 not json")
    assert request.kind is RequestKind.SCHEDULED
    assert request.window is None
    assert not request.matches("/app/shop")


def test_a_wake_up_says_how_often_and_until_when_or_nothing() -> None:
    reported = parse_request("requests/continue/jr_1", continue_body(2, WINDOW.from_ms))
    assert (reported.kind, reported.chain, reported.not_before_ms) == (RequestKind.CONTINUE, 2, WINDOW.from_ms)
    for empty in (b"", b" ", b"{}"):
        plain = parse_request("requests/continue/a/b", empty)
        assert (plain.chain, plain.not_before_ms) == (0, 0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"now", "not JSON"),
        (b"[]", "not a JSON object with chain and not_before, or is empty"),
        (b'{"chain": -1}', "chain is a number of runs, not -1"),
        (b'{"chain": true}', "chain is a number of runs, not True"),
        (b'{"not_before": 5}', "not_before needs a time"),
    ],
)
def test_a_wake_up_that_makes_no_sense_is_explained(body: bytes, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_request("requests/continue/jr_1", body)


@pytest.mark.parametrize("key", ["requests/x", "requests/requested/", "requests/daily/x", "other/requested/x"])
def test_a_key_must_name_a_kind(key: str) -> None:
    with pytest.raises(ConfigError, match="a request's key is requests/<kind>/<id>"):
        parse_request(key, b"")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ([], "not a JSON object"),
        ({"log_groups": ["a"], "from": "2026-11-01", "to": "2026-11-02", "re": 1}, "unknown field 're'"),
        ({"from": "2026-11-01", "to": "2026-11-02"}, "log_groups needs a list"),
        ({"log_groups": "a", "from": "2026-11-01", "to": "2026-11-02"}, "log_groups needs a list"),
        ({"log_groups": [1], "from": "2026-11-01", "to": "2026-11-02"}, "log_groups needs a list"),
        ({"log_groups": ["a"], "to": "2026-11-02"}, "from needs a time"),
        (
            {"log_groups": ["a"], "from": "2026-11-01", "to": "2026-11-02", "reexport": "yes"},
            "reexport is true or false",
        ),
        (b"[" * 100_000, "not JSON"),
        ({"log_groups": ["a"], "from": "1960-01-01", "to": "2026-11-02"}, "lies before 1970"),
        ({"log_groups": ["a"], "from": "soon", "to": "2026-11-02"}, "'soon' is not a time"),
        ({"log_groups": ["a"], "from": "2026-11-02", "to": "2026-11-02"}, "must be before"),
    ],
)
def test_a_body_that_makes_no_sense_is_explained(body: Any, said: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(ConfigError, match=said):
        parse_request("requests/requested/x", content)
