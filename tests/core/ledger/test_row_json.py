"""A stored row that differs from what was written is refused with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.worlds.ledger_rows import ledger_row

from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow, WindowState, all_readable
from loglake.core.ledger.row_json import row_from_json, row_to_json
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.unreadable import UnreadableItem
from loglake.core.windows import Window
from loglake.errors import UnreadableItemError

pytestmark = pytest.mark.unit

ROW = ledger_row(
    LogGroupName("/app/shop"), Window(EpochMs(0), EpochMs(10)), "shop", WindowState.EXPORTED, includes=((0, 5, 1),)
)
CURRENT = ledger_row(ROW.log_group, ROW.window, "shop", WindowState.CONVERTED, partitions=("dt=2026-11-21",))
REPLACED = CURRENT.supersede(EpochMs(5_000), Window(EpochMs(0), EpochMs(20)))
UNREADABLE = LedgerRow(ROW.log_group, ROW.window, "shop", unreadable=UnreadableItem("group#x 0#1", "damaged"))


def damaged(row: LedgerRow, place: str = "", **values: Any) -> dict[str, Any]:
    """A stored row with other values in it or in one of its parts. The value `...` removes a field."""
    data: dict[str, Any] = json.loads(json.dumps(row_to_json(row)))
    part = data[place] if place else data
    for name, value in values.items():
        if value is ...:
            del part[name]
        else:
            part[name] = value
    return data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (damaged(ROW, attempt=None), "it has no version of the window, no attempt at one, and no failure"),
        (damaged(ROW, version="7"), "version is '7', which is not a number"),
        (damaged(ROW, queue="express"), "its queue is 'express', which this version does not know"),
        (damaged(ROW, "attempt", state="SLEEPING"), "its state is 'SLEEPING', which this version does not know"),
        (damaged(ROW, "attempt", state="UNREADABLE"), "its attempt is UNREADABLE, which no attempt can be"),
        (damaged(ROW, "attempt", colour="red"), "it has a field 'colour' that this version does not know"),
        (damaged(ROW, "attempt", includes=[[0, "5", 1]]), "to_ms is '5', which is not a number"),
        (damaged(ROW, "attempt", includes=[[0, 5, "1"]]), "a generation is '1', which is not a number"),
        (damaged(CURRENT, "current", events_before="many"), "events_before is 'many', which is not a number"),
        (damaged(CURRENT, "current", partitions=[7]), "a partition is 7, which is not text"),
        (damaged(CURRENT, key_prefix=7), "key_prefix is 7, which is not text"),
        (damaged(REPLACED, superseded_by=["a", 7]), "from_ms is 'a', which is not a number"),
        (damaged(REPLACED, expires_at="soon"), "expires_at is 'soon', which is not a number"),
    ],
)
def test_a_damaged_row_is_refused_with_what_is_wrong(data: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        row_from_json(data)


def test_a_field_that_an_attempt_lacks_is_named() -> None:
    with pytest.raises(KeyError, match="objects"):
        row_from_json(damaged(ROW, "attempt", objects=...))


def test_of_a_replaced_window_little_is_stored() -> None:
    data = row_to_json(REPLACED)
    assert row_from_json(data) == REPLACED
    names = {"format", "log_group", "from_ms", "to_ms", "table", "version", "generation", "decisions"}
    assert data.keys() == {*names, "superseded_by", "expires_at"}


def test_a_count_before_the_window_is_a_number() -> None:
    counted = row_from_json(damaged(CURRENT, "current", events_before=7))
    assert counted.current is not None
    assert counted.current.events_before == 7


def test_whoever_must_know_all_rows_gets_no_unreadable_one() -> None:
    assert all_readable([ROW, CURRENT]) == [ROW, CURRENT]
    with pytest.raises(UnreadableItemError) as raised:
        all_readable([ROW, UNREADABLE])
    assert raised.value.key == "group#x 0#1"


def test_what_is_left_of_a_version_takes_its_place() -> None:
    assert CURRENT.current is not None
    left = CURRENT.lose(EpochMs(20), CURRENT.current, "d2")
    assert (left.current, left.version, left.updated_at_ms) == (CURRENT.current, CURRENT.version + 1, 20)
    assert left.decisions == ("d2",)
    with pytest.raises(ValueError, match="its current version must stay"):
        ROW.lose(EpochMs(20), CURRENT.current, "d2")


def test_a_manifest_counts_events_before_the_window_in_numbers() -> None:
    assert CURRENT.current is not None
    manifest = Manifest(ROW.log_group, ROW.window, 1, "shop", "o", 1, (), CURRENT.current.accounting, events_before=7)
    assert Manifest.from_json(manifest.to_json(), "").events_before == 7
    with pytest.raises(ValueError, match="events_before is 'x', which is not a number"):
        Manifest.from_json({**manifest.to_json(), "events_before": "x"}, "")
