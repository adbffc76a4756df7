"""Personal data through whole runs: convert-logs on landed objects, and `loglake convert`'s pipeline on a folder."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.fakes import START_MS
from support.planted import everything, in_field, in_json, secret_of, word
from support.worlds.landed import landed_event, payload
from support.worlds.landing_world import SHOP, LandingWorld

from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.redaction import ACTIONS, PATTERNS

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


@given(seed=st.integers(0, 2**32))
@settings(max_examples=3, deadline=None)
def test_a_run_with_every_action_writes_neither_a_secret_nor_the_key(seed: int) -> None:
    rnd, key = random.Random(seed), "a key that is nowhere afterwards"
    rules = [{"name": name, "action": rnd.choice(ACTIONS)} for name in PATTERNS]
    fields = [{"field": "*password*", "action": rnd.choice(ACTIONS)}]
    entry = {"log_groups": ["/app/*"], "ingest": "landing", "redact": [*rules, *fields]}
    world = LandingWorld(datasets=load_datasets({"datasets": [entry], "redact_key": {"secret": "x"}}))
    planted = [secret_of(name, rnd) for name in PATTERNS * 3]
    passwords = [(word(rnd), word(rnd)) for _ in range(20)]
    texts = [in_json(text, rnd) for _, text in planted] + [in_field("password", each, rnd) for each in passwords]
    body = payload(SHOP, [landed_event(n, START_MS + n, text) for n, text in enumerate(texts)])
    world.land("whole", body)
    world.land("cut", body[: rnd.randrange(100, len(body))])
    world.land("log_group=%2Fapp%2Fshop/junk", "".join(texts).encode() + b"\xff\x00")
    stage = world.stage()
    stage.redact_key = key.encode()
    report = world.run(stage)
    assert report.converted
    written = everything(world.lake, report, report.to_json(), vars(world.ledger), vars(world.catalog))
    written += everything(world.control)
    secrets = [key, *(secret for secret, _ in planted), *(part for each in passwords for part in each)]
    assert [secret for secret in secrets if secret in written] == []


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
