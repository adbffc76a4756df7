"""Which landed objects are scanned, and what the ledger knows of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.accounting import Accounting
from loglake.core.cloud_types import ObjectInfo
from loglake.core.landing.objects import (
    KEPT_MS,
    NAMED_GROUPS,
    LandedObject,
    LandedState,
    ObjectScan,
    ScanFailure,
    batches,
    is_landed,
    merge_objects,
    skipped_events,
    unreadable,
)
from loglake.core.landing.rules import LandingRules, missed, settled
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

SHOP, PAY, OTHER = LogGroupName("/app/shop"), LogGroupName("/app/pay"), LogGroupName("/other")
HOUR = parse_instant("2026-11-21T08:00")
RULES = LandingRules(
    load_datasets(
        {"datasets": [{"log_groups": ["/app/pay"]}, {"log_groups": ["/app/*"], "ingest": "landing"}]},
    )
)
LATER_RULES = LandingRules(load_datasets({"datasets": [{"log_groups": ["*"], "ingest": "landing"}]}))
RAW = RawObject("landing/a.gz", 10, "")


def window(hour: int) -> Window:
    start = EpochMs(HOUR + hour * MS_PER_HOUR)
    return Window(start, EpochMs(start + MS_PER_HOUR))


def scan(hours: dict[LogGroupName, dict[int, int]], undecoded: int = 0) -> ObjectScan:
    counts = {g: {EpochMs(HOUR + hour * MS_PER_HOUR): n for hour, n in each.items()} for g, each in hours.items()}
    return ObjectScan(
        RAW, counts, Accounting(events_in=undecoded, quarantined=undecoded, text_bytes=9), {"odd": undecoded}
    )


def test_a_scan_is_the_windows_of_its_object() -> None:
    seen = scan({SHOP: {0: 3, 5: 1}, OTHER: {0: 2}}, undecoded=1)
    assert seen.events() == {SHOP: 4, OTHER: 2}
    assert seen.events_in == 7
    assert seen.windows() == {(SHOP, window(0)): 3, (SHOP, window(5)): 1, (OTHER, window(0)): 2}


def test_own_log_groups_have_their_name_alone_and_others_their_account_too() -> None:
    own, other = LogGroupName("123456789012:/app/shop"), LogGroupName("210987654321:/app/shop")
    seen = scan({own: {0: 3, 5: 1}, other: {0: 2}, PAY: {0: 1}})
    assert seen.of_account("123456789012").events() == {SHOP: 4, other: 2, PAY: 1}
    assert sum(seen.of_account("").events().values()) == seen.events_in == 7
    assert seen.of_account("").events() == {SHOP: 6, PAY: 1}


def test_what_is_known_of_an_object_says_what_became_of_its_events() -> None:
    seen = scan({SHOP: {0: 3, 5: 1}, OTHER: {0: 2}}, undecoded=1)
    taken = {(SHOP, window(0)), (SHOP, window(5))}
    known = settled(seen, taken, RULES)
    assert skipped_events(seen, taken) == {OTHER: 2}
    assert known == LandedObject(
        "landing/a.gz",
        10,
        LandedState.SCANNED,
        events_in=7,
        quarantined=1,
        events={OTHER: 2, SHOP: 4},
        skipped_groups=1,
        skipped=(OTHER,),
        datasets=RULES.digest,
    )
    failed = unreadable(ScanFailure(RAW, "gone"))
    for each in (known, failed):
        assert LandedObject.from_json(json.loads(json.dumps({**each.to_json(), "pk": "landed"}))) == each


def test_what_is_known_stays_small_however_many_groups_an_object_has() -> None:
    groups = [LogGroupName(f"/{n:04d}/" + "x" * 500) for n in range(3000)]
    known = settled(scan({group: {0: 1} for group in groups}), (), RULES)
    assert (known.skipped_groups, len(known.events), len(known.skipped)) == (3000, NAMED_GROUPS, NAMED_GROUPS)
    assert len(json.dumps(known.to_json())) < 30_000


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("", "landing/log_group="),
        (OTHER, "ingest: landing}` under `datasets:` in the datasets file"),
        (PAY, "set ingest: landing"),
        (SHOP, "were exported before"),
    ],
)
def test_why_events_are_skipped_is_reported_with_what_to_do(group: str, said: str) -> None:
    assert said in RULES.why_skipped(group)


def test_an_object_with_hours_that_were_exported_is_not_looked_at_again_for_them() -> None:
    known = settled(scan({SHOP: {0: 1}, PAY: {0: 1}}), (), RULES)
    assert (known.skipped, known.skipped_groups) == ((PAY,), 1)
    assert not RULES.takes_more(known)


def test_datasets_say_which_groups_are_landed() -> None:
    assert RULES.dataset(SHOP) is not None
    assert [RULES.is_exported(group) for group in (SHOP, PAY, OTHER, "")] == [False, True, False, False]
    assert LATER_RULES.dataset("") is None


def test_what_quarantine_leaves_out_is_known() -> None:
    undecoded = Accounting(3, 0, 3, quarantine_left_out=2, quarantine_left_out_bytes=9)
    known = settled(ObjectScan(RAW, {}, undecoded, {"odd": 3}), (), RULES)
    assert (known.quarantined, known.left_out, known.left_out_bytes) == (3, 2, 9)
    assert LandedObject.from_json(known.to_json()) == known
    before = {name: value for name, value in known.to_json().items() if not name.startswith("left_out")}
    assert LandedObject.from_json(before).left_out == 0


KNOWN = settled(scan({SHOP: {0: 1}}), {(SHOP, window(0))}, RULES)


def test_an_item_never_says_that_it_can_not_be_read() -> None:
    with pytest.raises(ValueError, match="its state is UNREADABLE, which is never written"):
        LandedObject.from_json({**KNOWN.to_json(), "state": "UNREADABLE"})


def test_what_is_known_was_not_missed_nor_was_a_folder_of_the_console() -> None:
    listed = [ObjectInfo("landing/", 0), ObjectInfo("landing/a.gz", 10), ObjectInfo("landing/b.gz", 5)]
    assert list(missed(listed, [KNOWN])) == [ObjectInfo("landing/b.gz", 5)]


@pytest.mark.parametrize(
    ("known", "is_missed"),
    [
        pytest.param([replace(KNOWN, size_bytes=11)], True, id="replaced"),
        pytest.param([replace(KNOWN, size_bytes=11), KNOWN], False, id="known of two days"),
        pytest.param([replace(KNOWN, state=LandedState.FAILED)], False, id="every run looks at it again"),
        pytest.param([replace(KNOWN, state=LandedState.UNREADABLE, size_bytes=0)], False, id="its item can't be read"),
    ],
)
def test_an_object_was_missed_if_its_size_is_new(known: list[LandedObject], is_missed: bool) -> None:
    listed = [ObjectInfo(RAW.key, RAW.size_bytes)]
    assert list(missed(listed, known)) == listed * is_missed


@pytest.mark.parametrize(
    ("known", "more", "more_later"),
    [
        pytest.param(KNOWN, False, False, id="not skipped"),
        pytest.param(replace(KNOWN, skipped=(OTHER,), skipped_groups=1), False, True, id="skipped"),
        pytest.param(replace(KNOWN, skipped=("",), skipped_groups=1), False, False, id="without a log group"),
        pytest.param(
            replace(KNOWN, skipped=("",), skipped_groups=99, datasets=RULES.digest), False, True, id="too many to name"
        ),
    ],
)
def test_a_new_dataset_takes_more_of_a_skipped_object(known: LandedObject, more: bool, more_later: bool) -> None:
    assert (RULES.takes_more(known), LATER_RULES.takes_more(known)) == (more, more_later)


@pytest.mark.parametrize(
    ("known", "expires"),
    [
        pytest.param(KNOWN, True, id="done"),
        pytest.param(replace(KNOWN, skipped=(OTHER,), skipped_groups=1), False, id="a dataset may take more of it"),
        pytest.param(replace(KNOWN, quarantined=1), False, id="a person may convert it again"),
        pytest.param(replace(KNOWN, state=LandedState.FAILED), False, id="it can't be read"),
        pytest.param(replace(KNOWN, state=LandedState.WAITING), False, id="it waits for a window"),
        pytest.param(replace(KNOWN, state=LandedState.GONE, quarantined=1), True, id="it was deleted"),
    ],
)
def test_an_object_is_forgotten_after_a_month_unless_somebody_may_come_back_to_it(
    known: LandedObject, expires: bool
) -> None:
    assert known.expires_ms == (KEPT_MS if expires else None)


@given(st.sets(st.text()), st.sets(st.text(max_size=3)))
def test_listed_and_known_are_read_side_by_side(names: set[str], gone: set[str]) -> None:
    in_order = sorted((f"landing/x{name}" for name in names), key=lambda key: key.encode())
    known_names = {*in_order[::2], *(f"landing/x{name}" for name in gone if name.isascii())}
    known = [replace(KNOWN, key=key) for key in sorted(known_names, key=lambda key: key.encode())]
    listed = [ObjectInfo(key, 10) for key in in_order]
    assert [info.key for info in missed(listed, known)] == [key for key in in_order if key not in known_names]


@given(st.lists(st.integers(0, 50)), st.integers(1, 5), st.integers(1, 60))
def test_batches_keep_the_order_and_their_bounds(sizes: list[int], most: int, limit: int) -> None:
    objects = [RawObject(str(n), size, "") for n, size in enumerate(sizes)]
    cut = list(batches(objects, most, limit))
    assert [raw for batch in cut for raw in batch] == objects
    for batch in cut:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or sum(raw.size_bytes for raw in batch) <= limit


def test_a_list_gets_each_object_once() -> None:
    exported = RawObject("exports/x/000000.gz", 1, "web")
    newer = RawObject(RAW.key, 12, "")
    assert merge_objects([RAW, exported], [newer]) == [exported, newer]
    assert merge_objects([exported, RAW], [RAW]) == [exported, RAW]
    counted = [replace(RAW, events=number) for number in (3, 1, 2)]
    assert merge_objects(counted[:1], [replace(counted[1], size_bytes=7)]) == [replace(counted[0], size_bytes=7)]
    assert merge_objects(counted[1:2], counted[2:]) == counted[2:]
    assert [is_landed(raw) for raw in (exported, RAW)] == [False, True]
