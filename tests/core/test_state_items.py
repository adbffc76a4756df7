"""Items beside the ledger rows: how they are stored and changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.fakes.fakes import MemoryLedger
from support.fakes.newer_ledger import NewerLedger

from loglake.core.catalog_gaps import CatalogGap, Missing
from loglake.core.landing.days import LandedTotal, SkippedDays
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.watermark import Watermark
from loglake.core.run.outcome import EXPORT, Outcome, QueueWaiting, RunNote
from loglake.core.state_items import (
    ASKED,
    CATALOG_GAP,
    CHECK,
    LANDED_DAYS,
    LANDED_TOTAL,
    LEASES,
    LEDGER,
    PAUSED,
    RUN,
    SKIPPED,
    WATERMARK,
    StateItem,
    StateKind,
    change,
    check_ledger,
    claim_ledger,
    known_groups,
    of_groups,
    paused,
    state_from_json,
    values,
)
from loglake.core.units import EPOCH, EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import OtherVersionItemError, OtherVersionLedgerError, UnreadableItemError

pytestmark = pytest.mark.unit

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
VALUES: list[tuple[StateKind[Any], Any]] = [
    (LEDGER, EpochMs(7)),
    (WATERMARK, Watermark(EpochMs(1), EpochMs(3), EpochMs(2))),
    (PAUSED, EpochMs(7)),
    (LANDED_DAYS, LandedDays(SHOP, (EpochMs(0),), (Window(EpochMs(1), EpochMs(2)),))),
    (LANDED_TOTAL, LandedTotal(2, 30, 4, 1)),
    (SKIPPED, SkippedDays((EpochMs(0), EpochMs(86_400_000)))),
    (CHECK, EpochMs(5)),
    (LEASES, {"jr_1": EpochMs(5)}),
    (CATALOG_GAP, CatalogGap("shop", Missing(("dt=2026-11-21",), ("n",)), 2, given_up=True)),
    (
        RUN,
        RunNote.of(
            EXPORT,
            Outcome.PARTIAL,
            EpochMs(7),
            ["no log group has this name"],
            "it broke",
            waiting={"fresh": QueueWaiting(1, 2, 3, 4, EpochMs(5))},
        ),
    ),
]


@pytest.mark.parametrize(("kind", "value"), VALUES, ids=[kind.name for kind, _ in VALUES])
def test_json_is_inverse(kind: StateKind[Any], value: object) -> None:
    assert kind.from_json(json.loads(json.dumps(kind.to_json(value)))) == value


def test_an_item_is_read_with_the_version_that_it_is_stored_in() -> None:
    stored = {"format": 8, "version": 7, "value": {"at_ms": 5}}
    assert state_from_json(PAUSED, SHOP, stored) == StateItem(PAUSED, SHOP, EpochMs(5), 7)


def test_each_kind_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind, _ in VALUES}) == len(VALUES)


def test_a_value_is_changed_whoever_else_does_at_the_same_time() -> None:
    store, others = MemoryLedger(), [EpochMs(100), EpochMs(200)]

    def later(ms: EpochMs) -> EpochMs:
        if others:
            store.put(CHECK, "shop", others.pop())
        return EpochMs(ms + 1)

    assert change(store, CHECK, "shop", EPOCH, later) == 101
    assert change(store, CHECK, "shop", EPOCH, lambda ms: ms) == 101
    assert store.load(CHECK, "shop") == StateItem(CHECK, "shop", EpochMs(101), 3)
    assert change(store, CHECK, "pay", EPOCH, lambda ms: ms) == EPOCH
    assert values(store, CHECK) == {"shop": 101}


def test_a_log_group_that_was_resumed_is_not_paused() -> None:
    store = MemoryLedger()
    store.put(PAUSED, SHOP, EpochMs(7))
    store.put(PAUSED, PAY, EpochMs(8))
    assert paused(store) == {PAY: 8, SHOP: 7}
    store.put(PAUSED, SHOP, EPOCH)
    assert paused(store) == {PAY: 8}
    assert of_groups(store, PAUSED) == {PAY: 8, SHOP: 0}


def test_log_groups_are_known_by_what_exported_landed_or_was_asked_for() -> None:
    store = MemoryLedger()
    for kind, key, value in (
        (WATERMARK, "/a", Watermark.at(EPOCH)),
        (LANDED_DAYS, "/b", LandedDays(LogGroupName("/b"))),
        (ASKED, "/c", EpochMs(7)),
        (PAUSED, "/d", EpochMs(7)),
    ):
        store.save(StateItem(kind, key, value), 0)
    assert known_groups(store) == {"/a", "/b", "/c"}


def test_the_first_run_notes_since_when_the_ledger_is_one() -> None:
    store = MemoryLedger()
    check_ledger(store)
    claim_ledger(store, EpochMs(7))
    claim_ledger(store, EpochMs(8))
    assert values(store, LEDGER) == {"format": 7}


def test_a_newer_ledger_is_refused_and_a_damaged_note_of_its_format_is_not() -> None:
    store = NewerLedger()
    for use in (check_ledger, lambda ledger: claim_ledger(ledger, EpochMs(7))):
        with pytest.raises(OtherVersionLedgerError, match=r"a newer loglake wrote it\. Nothing was done"):
            use(store)
    store.error = UnreadableItemError("ledger format", "it is not JSON")
    check_ledger(store)
    claim_ledger(store, EpochMs(7))
    assert values(store, LEDGER) == {}


@pytest.mark.parametrize(("found", "age"), [(9, "a newer"), (7, "an older")])
def test_an_item_of_another_loglake_is_told_from_a_damaged_one(found: int, age: str) -> None:
    words = f"has format {found}, and this loglake reads format 8: {age} loglake wrote it"
    with pytest.raises(OtherVersionItemError, match=words):
        state_from_json(LEDGER, "format", {"format": found})
    with pytest.raises(UnreadableItemError) as damaged:
        state_from_json(LEDGER, "format", {"format": "2"})
    assert not isinstance(damaged.value, OtherVersionItemError)
