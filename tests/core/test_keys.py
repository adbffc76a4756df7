"""S3 keys: building and parsing them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.compaction.keys import decision_of_shared, parse_table_file
from loglake.core.keys import (
    LANDING,
    ExportKey,
    WindowKeys,
    decision_key,
    decision_name,
    exported_stream_name,
    group_slug,
    landed_account,
    landed_group,
    landed_quarantine_file,
    landing_folder,
    parse_decision_key,
    parse_export_key,
    parse_window_label,
    partition_of,
    shared_file,
    shared_staging,
    time_of,
    window_label,
    window_of,
)
from loglake.core.units import EpochMs, LogGroupName, parse_instant
from loglake.core.windows import Window

pytestmark = pytest.mark.unit

WINDOW = Window(parse_instant("2026-11-21"), parse_instant("2026-11-22"))
KEYS = WindowKeys(LogGroupName("/aws/lambda/pay"), WINDOW, 2)
INSTANTS = st.integers(0, 4_102_444_800_000)
# Log group names as CloudWatch allows them; stream names take anything but ':' and '*'.
GROUPS = st.text(st.sampled_from("abcXYZ019._-/#"), min_size=1, max_size=512)
STREAMS = st.text(
    st.characters(blacklist_characters=":*\n", blacklist_categories=("Cs", "Cc")), min_size=1, max_size=80
)


@given(INSTANTS, st.integers(1, 10**10))
def test_window_labels_are_inverse_and_sort_as_time(start: int, length: int) -> None:
    window = Window(EpochMs(start), EpochMs(start + length))
    assert parse_window_label(window_label(window)) == window


@given(INSTANTS, INSTANTS)
def test_window_labels_sort_as_time(left: int, right: int) -> None:
    labels = [window_label(Window(EpochMs(ms), EpochMs(ms + 1))) for ms in (left, right)]
    assert (labels[0] < labels[1]) == (left < right)


@pytest.mark.parametrize("text", ["", "20261121T000000000Z", "20261121T000000Z-20261122T000000Z", "x-y"])
def test_what_is_no_window_label_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a window label"):
        parse_window_label(text)


@given(GROUPS, GROUPS)
def test_slugs_are_safe_short_and_distinguish_groups(left: str, right: str) -> None:
    slug = group_slug(left)
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,81}", slug)
    assert (slug == group_slug(right)) == (left == right)


def test_two_groups_whose_names_have_the_same_first_32_bits_of_hash_are_distinguished() -> None:
    """Found by trying names that clean to the same readable part: it takes a second."""
    one, other = "a/a/a/a/a/a/a.a/a/a/a.a.a/a/a/a.a.a.a/a.a", "a/a/a/a/a/a/a.a/a.a.a.a/a.a.a.a/a/a.a.a.a"
    assert group_slug(one)[:-12] == group_slug(other)[:-12]
    assert group_slug(one) != group_slug(other)


def test_a_stored_key_prefix_is_what_all_keys_begin_with() -> None:
    keys = WindowKeys(LogGroupName("/app/shop"), WINDOW, 2, "as-it-was/yesterday")
    assert (keys.path, keys.slug) == ("as-it-was/yesterday/g2", "as-it-was")
    assert (keys.window_staging_prefix, keys.group_staging_prefix) == (
        "staging/as-it-was/yesterday/",
        "staging/as-it-was/",
    )


def test_a_slug_can_be_read() -> None:
    assert group_slug("/aws/lambda/pay").startswith("aws-lambda-pay-")


@given(GROUPS, STREAMS, st.integers(1, 99), st.integers(0, 999_999))
def test_export_keys_are_inverse(group: str, stream: str, generation: int, part: int) -> None:
    keys = WindowKeys(LogGroupName(group), WINDOW, generation)
    exported = exported_stream_name(stream)
    key = f"{keys.export_prefix}/a1b2c3d4/{exported}/{part:06d}.gz"
    assert parse_export_key(key) == ExportKey(group_slug(group), WINDOW, generation, "a1b2c3d4", exported)


@pytest.mark.parametrize(
    "key",
    [
        "exports/g/w/g1/aws-logs-write-test",
        "exports/g/not-a-window/g1/task/stream/000000.gz",
        f"{KEYS.export_prefix}/aws-logs-write-test",
        f"{KEYS.export_prefix}/task/stream/",
    ],
)
def test_other_keys_are_no_exports(key: str) -> None:
    assert parse_export_key(key) is None


def test_every_key_of_a_window() -> None:
    path = f"{group_slug('/aws/lambda/pay')}/20261121T000000000Z-20261122T000000000Z/g2"
    name = path.replace("/", ".")
    assert KEYS.export_prefix == f"exports/{path}"
    assert KEYS.object_list == f"ledger/{path}.json"
    final = KEYS.table_file("pay", "dt=2026-11-21", 3)
    assert final == f"tables/pay/dt=2026-11-21/{name}.0003.parquet"
    assert KEYS.quarantine_file("pay", "2026-11-21", 3) == f"quarantine/pay/dt=2026-11-21/{name}.0003.jsonl.gz"
    assert KEYS.staged("jr_1-2", final) == f"staging/{path}/jr_1-2/{final}"
    assert KEYS.staged("jr_1-2", final).startswith(KEYS.staging_prefix)
    assert KEYS.staging_prefix == f"{KEYS.window_staging_prefix}g2/"


def test_a_file_that_windows_share_says_their_decision() -> None:
    name = decision_name(EpochMs(0), "shop")
    key = shared_file("shop", "dt=1970-01-01", name, 12)
    assert decision_of_shared(key) == name
    assert decision_of_shared(f"{shared_staging('shop', name)}{key}") == decision_of_shared("tables/shop/x") == ""
    assert window_of(key) is None
    assert parse_table_file(key) is None
    assert shared_staging("shop", name).startswith(shared_staging("shop"))


def test_a_decision_is_of_a_table_and_has_the_time_of_its_name() -> None:
    name = decision_name(WINDOW.from_ms, "who decides, and about what")
    assert name.startswith("20261121T000000000Z-")
    assert name != decision_name(WINDOW.from_ms, "another")
    key = decision_key("shop", name)
    assert parse_decision_key(key) == ("shop", name)
    assert (time_of(key), window_of(key)) == (Window(WINDOW.from_ms, EpochMs(WINDOW.from_ms + 1)), None)
    assert parse_decision_key("commits/_compacted/shop/dt=2026-11-21/c000001.json") is None
    assert time_of(key.replace("20261121", "20261341")) is None


@given(st.lists(st.text(max_size=1000), min_size=1, max_size=3, unique=True))
def test_quarantine_of_landed_objects_has_a_key_per_object(names: list[str]) -> None:
    keys = [landed_quarantine_file(f"{LANDING}{'x' * 70}{name}") for name in names]
    assert len(set(keys)) == len(names)
    for key in keys:
        assert re.fullmatch(r"quarantine/_landing/[A-Za-z0-9_-]{,60}-[0-9a-f]{32}\.jsonl\.gz", key)


def test_partitions_are_of_event_time_in_utc() -> None:
    instant = parse_instant("2026-11-21T23:59:59.999Z")
    assert partition_of(instant, "day") == "dt=2026-11-21"
    assert partition_of(instant, "hour") == "dt=2026-11-21/hour=23"


def test_the_longest_keys_fit_into_1024_bytes() -> None:
    keys = WindowKeys(LogGroupName("g" * 512), WINDOW, 12)
    assert (
        len(keys.staged("jr_" + "f" * 64 + "-123456", keys.table_file("t" * 128, "dt=2026-11-21/hour=23", 9999))) < 1024
    )
    assert len(f"{keys.export_prefix}/{'x' * 36}/{'s' * 512}/000000.gz") < 1024


@given(st.text(min_size=1, max_size=80))
def test_the_place_of_a_landed_object_says_its_log_group(name: str) -> None:
    folder = landing_folder(name)
    assert landed_group(f"{folder}2026/11/21/x.gz") == name
    assert landed_group(f"{LANDING}2026/{folder.removeprefix(LANDING)}x.gz") == name
    assert folder.count("/") == 2


@pytest.mark.parametrize(
    "key", ["landing/2026/11/21/x.gz", "landing/log_group=x", "exports/log_group=x/y", "log_group=x/y"]
)
def test_other_places_say_none(key: str) -> None:
    assert landed_group(key) is None


@pytest.mark.parametrize(
    ("key", "account"),
    [
        (f"{LANDING}AWSLogs/210987654321/vpcflowlogs/eu-central-1/2026/11/21/x.log.gz", "210987654321"),
        (f"{LANDING}trail/AWSLogs/o-abc123/210987654321/CloudTrail/x.json.gz", "210987654321"),
        (f"{LANDING}log_group=%2Fapp/210987654321/x.gz", ""),
        (f"{LANDING}log_group=%2Falb/AWSLogs/210987654321/x.log.gz", "210987654321"),
        (f"{LANDING}2026/11/21/firehose-1", ""),
        (f"{LANDING}AWSLogs/12345/x.gz", ""),
        ("exports/AWSLogs/210987654321/x.gz", ""),
    ],
)
def test_a_service_names_the_account_in_the_key(key: str, account: str) -> None:
    assert landed_account(key) == account


@pytest.mark.parametrize("partition", ["dt=2026-11-21", "dt=2026-11-21/hour=08"])
def test_the_day_and_the_window_of_a_file(partition: str) -> None:
    whole = WindowKeys(LogGroupName("/app"), Window(parse_instant("2026-11-01"), parse_instant("2026-12-01")), 3)
    for key in (whole.table_file("shop", partition, 0, 2), whole.quarantine_file("shop", "2026-11-21", 0)):
        assert (time_of(key), window_of(key)) == (WINDOW, (whole.slug, whole.window))
    staged = whole.staged("jr_1", whole.table_file("shop", partition, 0))
    for key in (staged, whole.object_list, f"{whole.export_prefix}/task/web/000000.gz"):
        assert (time_of(key), window_of(key)) == (whole.window, (whole.slug, whole.window))


@pytest.mark.parametrize(
    ("key", "time"),
    [
        ("tables/shop/dt=2026-11-21/compacted.c000001.0000.parquet", WINDOW),
        ("commits/_compacted/shop/dt=2026-11-21/c000001.json", WINDOW),
        ("tables/shop/dt=2026-13-41/x.parquet", None),
        ("landing/AWSLogs/x.gz", None),
    ],
)
def test_other_keys_belong_to_no_window(key: str, time: Window | None) -> None:
    assert (time_of(key), window_of(key)) == (time, None)
