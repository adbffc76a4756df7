"""Secrets are planted in events of every format, in damaged input, in keys and names: none of them is written."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.stores import MemoryStore
from support.planted import (
    SECRETS,
    card,
    entities,
    escaped,
    everything,
    in_field,
    in_json,
    secret_of,
    url_encoded,
    word,
)
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object

from loglake.core.schema.bundle import RawObject
from loglake.core.schema.contract import Contract
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.redaction import ACTIONS, PATTERNS, Redaction
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.units import LogGroupName
from loglake.kernels.convert import convert_bundle
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.sample import sample_bundle
from loglake.kernels.scan import scan_object

pytestmark = pytest.mark.unit

ALL = Redaction.from_json(list(PATTERNS))
KEY = b"a key that is nowhere afterwards"
SEEDS = st.integers(0, 2**32)


def rules(rnd: random.Random, *items: str | dict[str, str]) -> Redaction:
    """Names of patterns, and fields, with an action each, and a key."""
    given = [{"name": item} if isinstance(item, str) else item for item in items]
    return Redaction.from_json([{**item, "action": rnd.choice(ACTIONS)} for item in given]).keyed(KEY)


def _written(store: MemoryStore, objects: Sequence[RawObject], redact: Redaction = ALL, **changes: Any) -> str:
    """Everything that converting writes, or returns for a report."""
    bundle = bundle_of(objects, redact=redact, **changes)
    sample = sample_bundle(bundle, store)
    formats = choose_formats([sample])
    schema = grow(TableSchema("app"), fields_of([sample], formats), sample.layouts)
    plan, lake = TablePlan(formats[0], schema, formats[1:]), MemoryStore("lake")
    result = convert_bundle(bundle, plan, store, lake)
    assert result.accounting.balanced
    written = everything(lake, bundle, sample, plan, result)
    assert KEY.decode() not in written
    return written


def _of_events(events: Sequence[str], **changes: Any) -> str:
    store = MemoryStore("raw")
    text = "".join(exported_line(DAY + number, event) for number, event in enumerate(events))
    return _written(store, [put_object(store, "s", text)], **changes)


def _found(secrets: Sequence[str], written: str) -> list[str]:
    return [each for each in secrets if each in written]


@pytest.mark.parametrize("name", PATTERNS)
@given(seed=SEEDS)
@settings(max_examples=4, deadline=None)
def test_no_secret_in_json_is_written(name: str, seed: int) -> None:
    rnd = random.Random(seed)
    planted = [secret_of(name, rnd) for _ in range(8)]
    written = _of_events([in_json(text, rnd) for _, text in planted], redact=rules(rnd, name))
    assert _found([secret for secret, _ in planted], written) == []


@pytest.mark.parametrize("format_name", FORMATS)
@given(seed=SEEDS)
@settings(max_examples=1, deadline=None)
def test_no_secret_in_an_event_of_any_format_is_written(format_name: str, seed: int) -> None:
    rnd = random.Random(seed)
    example = FORMATS[format_name].about.example
    secrets, events = [], [example] * 3
    for name in SECRETS:
        secret, text = secret_of(name, rnd)
        secrets.append(secret)
        places = [at for at, each in enumerate(example) if each in ' "=:'] or [len(example) - 1]
        for _ in range(3):
            at = rnd.choice(places) + 1
            end = rnd.choice([at, min(at + 8, len(example))])
            events.append(f"{example[:at]}{rnd.choice(['', ' '])}{text} {example[end:]}")
        events.append(f'{example} user={text} to="{text}" [{text}] <{text}>')
    assert _found(secrets, _of_events(events, redact=rules(rnd, *PATTERNS))) == []


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_no_encoded_secret_is_written_in_any_form(seed: int) -> None:
    rnd = random.Random(seed)
    secrets, events = [], []
    for name in SECRETS:
        secret, text = secret_of(name, rnd)
        by_url, by_json, by_xml = url_encoded(text, rnd), escaped(text, rnd), entities(text, rnd)
        secrets += [secret, *(each for each in (by_url, by_json, by_xml) if len(each) > len(text))]
        events += [
            f"GET /find?q={by_url}&n=1 HTTP/1.1",
            f'{{"user": "{by_json}", "url": "/a?b={by_url}"}}',
            f"<Event><Data Name='who'>{by_xml}</Data></Event>",
            f"\x1b[31m{text[:3]}\x1b[0m{text[3:]}",
        ]
    assert _found(secrets, _of_events(events, redact=rules(rnd, *PATTERNS))) == []


@given(seed=SEEDS)
@settings(max_examples=8, deadline=None)
def test_no_secret_in_damaged_input_is_written(seed: int) -> None:
    rnd = random.Random(seed)
    store, secrets, objects = MemoryStore("raw"), [], []
    for number, name in enumerate(SECRETS):
        secret, text = secret_of(name, rnd)
        secrets.append(secret)
        lines = [exported_line(DAY + at, f"{text} and {text} {rnd.random()}") for at in range(30)]
        junk = f"no time {text}\n".encode() + f"\xff{text}".encode("latin-1") + b"\x00\xfe\n"
        data = junk + "".join(lines).encode() + b"2026-11-21T00:00:00.000Z bad \xff\xfe " + text.encode() + b"\n"
        packed = gzip.compress(data, mtime=0)
        cut = rnd.choice([len(packed), len(packed) * 2 // 3])
        key = f"exports/a/{number}/000000.gz"
        store.put(key, packed[:cut])
        objects.append(RawObject(key, cut, "s"))
    assert _found(secrets, _written(store, objects, rules(rnd, *PATTERNS))) == []


@given(seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_no_secret_in_what_lands_and_is_no_event_is_written(seed: int) -> None:
    rnd = random.Random(seed)
    planted = [secret_of(name, rnd) for name in SECRETS]
    store, lake = MemoryStore("raw"), MemoryStore("lake")
    body = "".join(f'{{"messageType": "DATA_MESSAGE", "logEvents": [{{"message": "{text}"\n' for _, text in planted)
    store.put("landing/x", body.encode())
    scan = scan_object(RawObject("landing/x", len(body), ""), store, lake, redacts=True)
    assert scan.undecoded.quarantined
    assert _found([secret for secret, _ in planted], everything(lake, scan)) == []


@given(seed=SEEDS, cut=st.integers(1, 200_000))
@settings(max_examples=4, deadline=None)
def test_no_secret_is_written_wherever_an_object_is_cut_into_chunks_and_batches(seed: int, cut: int) -> None:
    rnd = random.Random(seed)
    planted = [secret_of(rnd.choice(PATTERNS), rnd) for _ in range(400)]
    text = "".join(exported_line(DAY, f"{'x' * rnd.randrange(900)} {text} end") for _, text in planted)
    store = MemoryStore("raw")
    objects = [put_object(store, "s", text[:cut], 0), put_object(store, "s", text[cut:], 1)]
    written = _written(store, objects, rules(rnd, *PATTERNS))
    # A secret that the cut parts is in no event; its halves are no secret.
    assert _found([secret for secret, _ in planted], written) == []


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_no_value_of_a_hidden_field_is_written(seed: int) -> None:
    rnd = random.Random(seed)
    planted = [(word(rnd), word(rnd)) for _ in range(60)]
    events = [in_field("password", secret, rnd) for secret in planted]
    written = _of_events(events, redact=rules(rnd, {"field": "*password*"}))
    assert [secret for secret in planted if _found(secret, written)] == []


def test_names_of_fields_that_match_are_no_columns() -> None:
    events = ['{"joe@example.com": 1, "ok": 2}', '{"per_user": {"ann@example.com": {"n": 1}}}'] * 5
    written = _of_events(events)
    assert "example.com" not in written
    assert "[email]" in written  # as text in `_rescued`


def test_fields_that_an_object_names_are_no_columns_if_they_match() -> None:
    lines = "#Version: 1.0\n#Fields: date time cs-user joe@example.com\n2026-11-21 08:00:00 ann 7\n"
    store = MemoryStore("raw")
    store.put("u.log", lines.encode())
    written = _written(store, [RawObject("u.log", len(lines), "s", changed_ms=DAY)], format="header")
    assert "joe@example" not in written


def test_a_contract_that_discards_rows_quarantines_no_secret() -> None:
    events = ['{"a": 1}'] * 3 + ['{"a": "joe@example.com", "b": "ann@example.com"}']
    contract = Contract.from_json("discard_row")
    assert "example.com" not in _of_events(events, contract=contract)


def test_a_number_in_json_stays_json() -> None:
    rnd = random.Random(7)
    number = card(rnd).replace(" ", "").replace("-", "")
    written = _of_events([f'{{"card": {number}, "list": [1, {number}], "n": 5}}'] * 4)
    assert number not in written
    assert '{"card": "[card]", "list": [1, "[card]"], "n": 5}' in written


def test_landed_events_of_a_group_are_hidden_too() -> None:
    store = MemoryStore("raw")
    body = gzip.compress(
        b'{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"/app","logStream":"s","subscriptionFilters":["f"],'
        b'"logEvents":[{"id":"37","timestamp":1795219200000,"message":"mail joe@example.com"}]}'
    )
    store.put("landing/x", body)
    written = _written(
        store, [RawObject("landing/x", len(body), "", events=0)], landed=True, log_group=LogGroupName("/app")
    )
    assert "mail [email]" in written
    assert "joe@" not in written


@pytest.mark.parametrize(
    ("field", "head", "event"),
    [
        ("*password*", "time,level,user,password", "2026-11-21T08:00:00Z,INFO,joe,{}"),
        ("TargetUserName", "", "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
         "<Provider Name='Security'/><EventID>4624</EventID><Level>4</Level><TimeCreated SystemTime="
         "'2026-11-21T08:00:00Z'/><Channel>Security</Channel><Computer>pc17</Computer></System><EventData>"
         "<Data Name='TargetUserName'>{} &amp; co</Data></EventData></Event>"),
        ("user.email", "", '{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1795249800123456789",'
         '"severityText":"INFO","body":{{"stringValue":"hello"}},"attributes":[{{"key":"user.email",'
         '"value":{{"stringValue":"{}"}}}}]}}]}}]}}]}}'),
        ("remote_user", "", '192.0.2.1 - {} [21/Nov/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"'),
        ("logger", "", "2026-11-21 08:00:00,123 INFO [main] com.{}.Orders - order received"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("action", ACTIONS)
def test_no_secret_of_a_column_is_written_though_no_name_is_beside_it(
    field: str, head: str, event: str, action: str
) -> None:
    rnd = random.Random(f"{field} {action}")
    secrets = [word(rnd) for _ in range(30)]
    events = [*([head] if head else []), *(event.format(each) for each in secrets)]
    redact = Redaction.from_json([{"field": field, "name": "hidden", "action": action}]).keyed(KEY)
    written = _of_events(events, redact=redact)
    assert _found(secrets, written) == []
