"""A request that nobody can use stops no other: it is put aside, with the reason."""

from __future__ import annotations

import json
from unittest import mock

import pytest
from support.worlds.worlds import DAYS, SHOP, World

from loglake.core.keys import REJECTED, REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body

pytestmark = pytest.mark.unit

GOOD = request_body([SHOP], DAYS)
BODIES = [
    b"",
    b"\x1b[31m",
    b"\xff\xfe",
    b"[" * 100_000,
    b"null",
    b'{"log_groups": ' + b"9" * 5000 + b"}",
    GOOD + b" " * (1 << 20),
]
NAMES = [
    "requested/a\x1b]52;c;eA==\x07",
    "requested/\x00",
    "\x1b/\x1b",
    "other/" + "ü" * 500,
    "requested/" + "ü" * 500,
    "x",
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_bad_request_is_put_aside_and_the_others_are_exported(name: str, body: bytes) -> None:
    world = World()
    world.control.put(f"{REQUESTS}{name}", body)
    world.control.put(f"{REQUESTS}requested/zzz", GOOD)
    report = world.run_export()
    assert {row.state for row in world.ledger.rows(SHOP)} == {WindowState.EXPORTED}
    (rejected,) = world.control.list(REJECTED)
    assert len(rejected.key.encode()) <= 1024
    assert json.loads(world.control.get(rejected.key))["key"] == f"{REQUESTS}{name}"
    assert (len(report.rejected), [*world.control.list(f"{REQUESTS}requested/")]) == (1, [])


def test_the_key_of_a_report_fits_whatever_the_requests_own() -> None:
    world = World()
    world.control.put(f"{REQUESTS}requested/{'ü' * 500}", request_body(["/no/such/group"], DAYS))
    world.run_export()
    (report,) = (item.key for item in world.control.list("handled/") if item.key.endswith(".report.json"))
    assert len(report.encode()) <= 1024


def test_nobody_reads_the_body_of_a_scheduled_request_and_nothing_of_it_is_kept() -> None:
    world = World()
    world.control.put(f"{REQUESTS}scheduled/1", b"e30=")
    with mock.patch.object(world.control, "get", side_effect=AssertionError):
        world.run_export()
    assert not [*world.control.list(REQUESTS), *world.control.list("handled/")]
