"""Which log groups are to have the subscription filter, by the datasets file and by what the last look noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loglake.core.cloud_types import LogGroup
from loglake.core.landing.subscriptions import NEVER, UNKNOWN, Due, Subscribed, SubscriptionFilter, due
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import EpochMs, LogGroupName

pytestmark = pytest.mark.unit

OURS = SubscriptionFilter("loglake", "arn:aws:firehose:us-east-1:123456789012:deliverystream/lake", "arn:role")
DATASETS = load_datasets(
    {"datasets": [{"log_groups": ["/live/*", "/aws-glue/*"], "ingest": "landing"}, {"log_groups": ["/app/*"]}]}
)
SHOP, PAY, APP = (LogGroupName(name) for name in ("/live/shop", "/live/pay", "/app/x"))
NOTE = Subscribed(OURS, {SHOP: EpochMs(1)}, {PAY: "no permission"}, EpochMs(9))


def group(name: LogGroupName, created_ms: int = 1, log_class: str = "STANDARD") -> LogGroup:
    return LogGroup(name, EpochMs(created_ms), log_class=log_class)


def of(note: Subscribed, *groups: LogGroup, wanted: SubscriptionFilter = OURS) -> Due:
    return due(note, wanted, DATASETS, groups)


def test_a_log_group_that_is_landed_has_it_and_another_has_none() -> None:
    found = of(NEVER, group(SHOP), group(APP))
    assert (found.missing, found.known, found.leaving, found.left_out) == ({SHOP: 1}, {}, [], {})
    assert of(NOTE, group(SHOP)).known == {SHOP: 1}


def test_a_log_group_that_was_made_again_or_another_filter_is_asked_about() -> None:
    assert of(NOTE, group(SHOP, created_ms=2)).missing == {SHOP: 2}
    assert of(NOTE, group(SHOP), wanted=OURS._replace(pattern="ERROR")).missing == {SHOP: 1}


def test_a_noted_log_group_that_is_not_landed_any_more_loses_it() -> None:
    assert of(replace(NOTE, groups={APP: UNKNOWN}), group(APP)).leaving == [APP]


@pytest.mark.parametrize(
    ("log_group", "why"),
    [
        (group(LogGroupName("/aws-glue/jobs/output")), "its events would come round and round"),
        (group(SHOP, log_class="INFREQUENT_ACCESS"), "log groups of the class INFREQUENT_ACCESS can't have one"),
    ],
)
def test_what_can_not_have_it_is_left_out_with_the_reason(log_group: LogGroup, why: str) -> None:
    found = of(NOTE, log_group)
    assert why in found.left_out[log_group.name]
    assert (found.missing, found.leaving) == ({}, [SHOP] if log_group.name == SHOP else [])


def test_a_note_is_read_as_it_was_written_and_a_damaged_one_counts_as_none() -> None:
    assert Subscribed.from_json(NOTE.to_json()) == NOTE
    for damaged in (b"{", b"[]", b'{"groups": {}}', b'{"wanted": ["x"]}'):
        assert Subscribed.from_json(damaged) == NEVER


def test_only_log_groups_that_are_known_to_have_it_count() -> None:
    assert NOTE.having([SHOP, PAY]) == 1
    assert replace(NOTE, groups={SHOP: UNKNOWN}).having([SHOP]) == 0


def test_a_filter_of_the_same_name_with_another_destination_is_not_ours() -> None:
    assert OURS._replace(pattern="ERROR").is_of(OURS)
    assert not OURS._replace(destination_arn="arn:other").is_of(OURS)
