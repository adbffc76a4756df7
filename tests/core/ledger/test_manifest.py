"""Decisions about one window or many: read as they were written, and found by their windows."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from loglake.core.accounting import Accounting
from loglake.core.compaction.decision import Part, SharedFile
from loglake.core.keys import WindowKeys, decision_key, decision_name, shared_file
from loglake.core.ledger.manifest import Batch, Manifest, Replaced
from loglake.core.schema.conversion import StagedFile
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP, PAY = LogGroupName("/app/shop"), LogGroupName("/app/pay")
HOUR, DAY = Window(EpochMs(0), EpochMs(3_600_000)), Window(EpochMs(0), EpochMs(86_400_000))
FILE = StagedFile("staging/a", "tables/shop/dt=1970-01-01/a", 3, 100, "dt=1970-01-01")


def part(log_group: LogGroupName) -> Manifest:
    return Manifest(
        log_group,
        DAY,
        2,
        "shop",
        "jr_1",
        4,
        (FILE,),
        Accounting(events_in=3, rows_out=3),
        ("tables/old",),
        replaces=(Replaced(HOUR, 1),),
        events_before=2,
        decision="0000000001000-abc",
    )


def test_a_decision_is_read_as_it_was_written() -> None:
    batch = Batch.of([part(SHOP), part(PAY)])
    read = Batch.from_bytes(batch.to_bytes())
    assert read == batch
    assert [each.digest for each in read.windows] == [each.digest for each in batch.windows]
    assert read.key == decision_key("shop", "0000000001000-abc") == read.windows[0].key


def test_it_says_what_it_does_for_each_of_its_windows() -> None:
    batch = Batch.of([part(SHOP), part(PAY)])
    assert batch.part((PAY, DAY)) == part(PAY)
    assert batch.part((PAY, HOUR)) is None


NAME = decision_name(EpochMs(0), "shop")
SHARED = shared_file("shop", "dt=1970-01-01", NAME, 0)


def sharing(log_group: LogGroupName, first: int, size_bytes: int = 40) -> Manifest:
    """A window with three of the six rows of a shared file."""
    rows = StagedFile(
        "staging/s", f"tables/shop/dt=1970-01-01{log_group}", 3, size_bytes, FILE.partition, "5a", SHARED, first, 6
    )
    return replace(part(log_group), files=(FILE, rows), decision=NAME)


def test_windows_share_files_in_the_order_of_their_rows() -> None:
    batch = Batch.from_bytes(Batch.of([sharing(SHOP, 3, 41), sharing(PAY, 0, 40)]).to_bytes())
    parts = (Part("tables/shop/dt=1970-01-01/app/pay", PAY, 3), Part("tables/shop/dt=1970-01-01/app/shop", SHOP, 3))
    assert batch.shared_files == (SharedFile("staging/s", SHARED, 81, parts, "5a"),)
    assert [staged.place for staged in batch.windows[0].files] == [FILE.final_key, SHARED]
    assert Batch.alone(batch.windows[0]).shared_files == ()


def test_a_decision_without_a_window_that_has_rows_of_a_shared_file_is_refused() -> None:
    with pytest.raises(ValueError, match=f"it does not say whose rows {SHARED} has"):
        Batch.from_bytes(Batch.of([sharing(SHOP, 3)]).to_bytes())
    alone = Batch.alone(sharing(SHOP, 3))
    assert Batch.from_bytes(alone.to_bytes()) == alone


def test_a_window_that_is_written_again_has_a_decision_of_its_own() -> None:
    changed = replace(part(SHOP), owner="a person")
    alone = Batch.alone(changed)
    assert alone.windows == (replace(changed, decision=alone.name),)
    assert alone.name != part(SHOP).decision


def test_a_change_changes_the_digest() -> None:
    assert part(SHOP).digest != replace(part(SHOP), generation=3).digest


def test_a_window_has_the_keys_of_its_generation() -> None:
    assert part(SHOP).keys == WindowKeys(SHOP, DAY, 2, "")


@pytest.mark.parametrize(("name", "value"), [("format", 1), ("table", 7), ("aborted", None), ("windows", "none")])
def test_a_damaged_decision_is_refused(name: str, value: object) -> None:
    data = json.loads(Batch.of([part(SHOP)]).to_bytes())
    with pytest.raises((ValueError, TypeError, KeyError)):
        Batch.from_bytes(json.dumps({**data, name: value}).encode())
