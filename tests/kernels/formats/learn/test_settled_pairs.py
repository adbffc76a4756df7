"""Pairs in messages are read alike by the fresh passes of some hours and by the settled pass of their day."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fakes.fakes import MemoryLedger
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.pair_columns import FEWEST

pytestmark = pytest.mark.unit

TIME = "2026-11-21 08:00:00,100"
HEADERS = [f"{TIME} INFO [main] com.example.Shop - ", f"{TIME} WARN ", f"[{TIME}] ", ""]
MESSAGES = {
    "order id={n} of user=ana was late": {"id", "user"},
    'order <id=<{n}> user="ana b"> was late': {"id", "user"},
    "sent id={n}, total={n} and no more": {"id", "total"},
    "took id={n}; user=bob; total={n}": {"id", "user", "total"},
    "order was taken id={n} user=ana total={n}": {"id", "user", "total"},
    'order received cause="out of stock" id={n}': {"cause", "id"},
    "map {{cause=none, state=on}} of {n}": {"cause", "state"},
    "[Shelf: {n}] [Side: on] left": {"shelf", "side"},
    "state=on|cause=x y|id={n}": {"state", "cause", "id"},
    'queue:"a" state:"on" of {n}': {"queue", "state"},
    "no pair in {n}": set(),
}
TWO_AT_THE_END = "order received"
"""Without a header two pairs are read only if others of the table have three."""

KINDS = [
    (header, message) for header in HEADERS for message in MESSAGES if header or not message.startswith(TWO_AT_THE_END)
]
_KINDS, _NUMBERS = st.sampled_from(KINDS), st.integers(0, 99)


@given(st.lists(st.lists(st.tuples(_KINDS, _NUMBERS), min_size=1, max_size=5), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_keys_that_each_pass_has_often_are_the_same_columns_in_both(
    passes: list[list[tuple[tuple[str, str], int]]],
) -> None:
    ledger, events, fresh = MemoryLedger(), list[str](), list[dict[str, Any]]()
    for kinds in passes:
        own = [header + message.format(n=n + each) for (header, message), n in kinds for each in range(FEWEST)]
        fresh += _read(own, ledger, len(events))
        events += own
    assert _read(events, ledger) == _read(events, ledger) == fresh


@given(st.lists(st.tuples(_KINDS, _NUMBERS), min_size=1, max_size=20), st.lists(st.integers(1, 20), max_size=4))
@settings(max_examples=15, deadline=None)
def test_a_settled_pass_keeps_each_value_and_adds_only_what_was_rare(
    kinds: list[tuple[tuple[str, str], int]], cuts: list[int]
) -> None:
    ledger, fresh = MemoryLedger(), list[dict[str, Any]]()
    events = [header + message.format(n=n) for (header, message), n in kinds]
    places = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    for start, end in zip(places, places[1:]):
        fresh += _read(events[start:end], ledger, start)
    settled = _read(events, ledger)
    assert settled == _read(events, ledger)
    for before, after, (kind, _) in zip(fresh, settled, kinds, strict=True):
        rare, still = (json.loads(row.pop("_pairs", "{}")) for row in (before, after))
        assert {name: after.get(name) for name in before} == before
        assert after.keys() - before.keys() <= MESSAGES[kind[1]]
        assert {key: after[key.lower()] for key in rare.keys() - still.keys()} == {
            key: _typed(value) for key, value in rare.items() if key not in still
        }
        assert {key: value for key, value in rare.items() if key in still}.items() <= still.items()


def _typed(text: str) -> Any:
    return int(text) if text.isdigit() else text


def test_an_object_behind_a_text_without_a_header_stays_in_the_message_of_both() -> None:
    ledger = MemoryLedger()
    events = [f'saved {name} {{"msg": "ok", "id": {n}}}' for n, name in enumerate(("ana", "bob", "eve"))]
    fresh = [row for n, event in enumerate(events) for row in _read([event], ledger, n)]
    assert _read(events, ledger) == fresh
    assert [row["message"] for row in fresh] == events


def _read(texts: list[str], ledger: MemoryLedger, first: int = 0) -> list[dict[str, Any]]:
    rows, _ = convert_events(texts, ledger, first)
    own = ("_source", "_line", "log_stream")
    return [{name: value for name, value in row.items() if value is not None and name not in own} for row in rows]
