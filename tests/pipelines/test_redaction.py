"""Personal data through whole runs: convert-logs on landed objects, and `loglake convert`'s pipeline on a folder."""

from __future__ import annotations

import pytest
from support.fakes.fakes import START_MS
from support.planted import everything
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld

from loglake.core.schema.datasets_file import load_datasets

pytestmark = pytest.mark.unit


def _world(**entry: object) -> LandingWorld:
    given = {"log_groups": ["/app/*"], "ingest": "landing", **entry}
    return LandingWorld(datasets=load_datasets({"datasets": [given]}))


def test_a_run_writes_no_value_and_says_how_many_there_were() -> None:
    world = _world(redact=["email", {"name": "order", "pattern": "ORD-[0-9]{8}"}])
    texts = ["mail joe@example.com", '{"joe@example.com": {"of": "ORD-12345678"}}', "nothing"]
    world.land("a", payload(SHOP, [landed_event(n, START_MS + n, text) for n, text in enumerate(texts)]))
    world.land("b", b'{"messageType": "DATA_MESSAGE", "logEvents": [{"message": "joe@example.com"')
    world.land("log_group=%2Fapp%2Fshop/c", b"\xff\xfejoe@example.com\x00 junk")
    report = world.run()
    assert report.converted
    assert report.accounting.redacted == {"email": 2, "order": 1}
    assert report.to_json()["accounting"]["redacted"] == {"email": 2, "order": 1}
    assert report.accounting.quarantined
    written = everything(world.lake, report, vars(world.ledger)) + everything(world.control)
    assert "joe@" not in written
    assert "ORD-1" not in written
    assert "[order]" in written


def test_one_dataset_that_hides_is_enough_for_landed_input_that_is_no_event() -> None:
    datasets = [
        {"log_groups": ["/app/*"], "ingest": "landing"},
        {"log_groups": ["/pay/*"], "redact": ["card"], "table": "pay"},
    ]
    world = LandingWorld(datasets=load_datasets({"datasets": datasets}))
    world.land("b", b'{"messageType": "DATA_MESSAGE", "logEvents": [{"message": "4111111111111111"')
    world.run()
    written = everything(world.lake)
    assert "left_out_bytes" in written
    assert "4111" not in written
