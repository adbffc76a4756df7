"""The datasets file: valid content, and the messages about invalid content."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from loglake.core.schema.datasets import SMOKE, Dataset, Datasets
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.schema import ColumnType
from loglake.core.units import LogGroupName, parse_instant
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit


def entry(**fields: Any) -> dict[str, Any]:
    return {"datasets": [{"log_groups": ["/app/*"], **fields}]}


def test_the_first_entry_that_matches_has_the_log_group() -> None:
    datasets = load_datasets(
        {
            "datasets": [
                {"log_groups": ["/app/shop"], "table": "shop", "types": {"user.id": "string"}},
                {"log_groups": ["/app/*", "/web/*"], "partition_by": "hour"},
            ]
        }
    )
    shop = datasets.find("/app/shop")
    assert shop is not None
    assert shop.table_for("/app/shop") == "shop"
    assert shop.types == {("user", "id"): ColumnType.STRING}
    other = datasets.find("/app/pay-v2")
    assert other is not None
    assert other.table_for("/app/pay-v2") == "app_pay_v2"
    assert other.partition_by == "hour"
    assert datasets.find("/aws/lambda/x") is None
    assert load_datasets(datasets.to_json()) == datasets


def test_the_log_group_of_the_smoke_test_is_in_every_deployment_and_before_all_entries() -> None:
    datasets = load_datasets({"datasets": [{"log_groups": ["*"], "table": "everything"}]})
    assert datasets.find("/loglake/smoke") is SMOKE
    assert (SMOKE.table, SMOKE.ingest) == ("loglake_smoke", "landing")
    assert datasets.find("/loglake/smoke/2") is datasets.entries[0]
    assert datasets.to_json() == {"datasets": [datasets.entries[0].to_json()]}


def test_the_first_entry_that_names_a_table_says_what_it_is_like() -> None:
    datasets = load_datasets(
        {
            "datasets": [
                {"log_groups": ["/app/shop"]},
                {"log_groups": ["/app/*"], "table": "apps", "partition_by": "hour"},
                {"log_groups": ["/web/*"], "table": "apps", "partition_by": "hour", "format": "json"},
            ]
        }
    )
    assert datasets.naming("apps") == datasets.entries[1]
    assert datasets.naming("app_shop") is None


def test_a_pattern_and_an_order_of_fields_belong_to_their_formats() -> None:
    pattern = r"^(?P<level>[[:upper:]]+) (?P<code>\d+) (?:in \w+ )?(?P<message>.*)$"
    datasets = load_datasets(
        {
            "datasets": [
                {"log_groups": ["/app/own"], "format": "regex", "pattern": pattern},
                {"log_groups": ["/vpc/*"], "format": "vpc_flow", "fields": ["version", "vpc-id", "srcaddr"]},
                {"log_groups": ["/cdn/*"], "format": "cloudfront", "fields": None, "pattern": None},
            ]
        }
    )
    own, flow, cdn = datasets.entries
    assert own.pattern == pattern
    assert flow.fields == ("version", "vpc-id", "srcaddr")
    assert (cdn.pattern, cdn.fields) == ("", ())
    assert load_datasets(datasets.to_json()) == datasets


def test_without_configuration_every_group_has_its_table() -> None:
    datasets = Datasets.for_groups([LogGroupName("/app/a[1]"), LogGroupName("/app/b")])
    assert datasets.find("/app/a[1]") == datasets.entries[0]
    assert datasets.find("/app/b") == Dataset(("/app/b",))
    assert datasets.find("/app/a1") is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "the key datasets, with a list"),
        ({"datasets": {}}, "the key datasets, with a list"),
        ({"datasets": []}, "lists no dataset"),
        ({"datasets": ["x"]}, "dataset 1: an entry is a mapping"),
        ({"datasets": [{}]}, "dataset 1: log_groups needs a list"),
        (entry(log_groups=[]), "log_groups needs at least one pattern"),
        (entry(log_groups="/app/*"), "log_groups needs a list"),
        (entry(log_groups=[""]), "log_groups needs at least one pattern"),
        (entry(formatt="json"), "unknown field 'formatt'"),
        (entry(format="jsonl"), "format: 'jsonl' is not known: did you mean json?"),
        (entry(format=7), "format: 7 is not known: `loglake formats list` has all"),
        (entry(ingest="both"), "ingest: 'both' must be one of auto, export, read, landing"),
        (entry(partition_by="week"), "partition_by: 'week' must be one of day, hour"),
        (entry(table="My-Table"), "table: 'My-Table' must be"),
        (entry(types=["a"]), "types is a mapping"),
        (entry(types={"a": "int"}), "types: a: 'int' must be one of boolean, bigint"),
        (entry(format="regex"), "format regex needs a pattern with named groups"),
        (entry(format="regex", pattern=["a"]), "format regex needs a pattern with named groups"),
        (entry(format="regex", pattern="(?P<a>"), "pattern: '.*' is not a regular expression: missing \\)"),
        (entry(format="regex", pattern=r"(?P<a>x{99999999999})"), "is not a regular expression: the repetition number"),
        (entry(format="regex", pattern=r"\w+"), "names no group"),
        (entry(format="regex", pattern=r"(?P<a>\w+) (b|c)"), "a group without a name"),
        (entry(pattern="(?P<a>x)"), "only the formats regex, grok take one, and this entry has auto"),
        (entry(fields=["version"]), "fields: only vpc_flow, cloudfront, cloudfront_realtime, header take them"),
        (entry(format="vpc_flow", fields="version"), "fields needs a list of names"),
        (entry(format="vpc_flow", fields=["version", 2]), "fields needs a list of names"),
        (entry(format="vpc_flow", fields=["start", "end", "start"]), "fields: 'start' is there twice"),
    ],
)
def test_what_is_wrong_is_named(data: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_datasets(data)


def test_a_table_has_one_partitioning() -> None:
    data = {
        "datasets": [
            {"log_groups": ["/a"], "table": "t", "partition_by": "hour"},
            {"log_groups": ["/b"], "table": "t"},
        ]
    }
    with pytest.raises(ConfigError, match="table t is partitioned by day in one dataset and by hour in another"):
        load_datasets(data)


def test_a_dataset_may_say_from_when_on_and_whether_late_events_are_looked_for() -> None:
    plain, late = load_datasets(
        {"datasets": [{"log_groups": ["/a"]}, {"log_groups": ["/b"], "start": "2026-11-01", "final_pass": "when_late"}]}
    ).entries
    assert (plain.start_ms, plain.final_pass) == (None, "always")
    assert (late.start_ms, late.final_pass) == (parse_instant("2026-11-01"), "when_late")
    (written,) = load_datasets(yaml.safe_load("datasets: [{log_groups: [/b], start: 2026-11-01}]")).entries
    (timed,) = load_datasets(yaml.safe_load("datasets: [{log_groups: [/b], start: 2026-11-01T02:00:00Z}]")).entries
    assert (written.start_ms, timed.start_ms) == (parse_instant("2026-11-01"), parse_instant("2026-11-01T02:00"))
    assert load_datasets(Datasets((plain, late, written, timed)).to_json()).entries == (plain, late, written, timed)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"start": "yesterday"}, "dataset 1: start: 'yesterday' is not a time"),
        ({"start": "1969-12-31"}, "start: '1969-12-31' lies before 1970"),
        (
            {"last_pass": "never", "final_pass": "never"},
            "last_pass is the old name of final_pass: leave one of them out",
        ),
        ({"final_pass": "sometimes"}, "final_pass: 'sometimes' must be one of always, when_late, never"),
    ],
)
def test_when_to_export_is_checked(fields: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_datasets(entry(**fields))


def test_the_old_name_of_the_final_pass_is_still_read() -> None:
    (entry,) = load_datasets({"datasets": [{"log_groups": ["/a"], "last_pass": "never"}]}).entries
    assert entry.final_pass == "never"


def test_raw_is_kept_or_left_out_and_datasets_of_one_table_may_differ() -> None:
    kept, omitted = load_datasets(
        {"datasets": [{"log_groups": ["/a"], "table": "t"}, {"log_groups": ["/b"], "table": "t", "raw": "omit"}]}
    ).entries
    assert (kept.raw, omitted.raw) == ("keep", "omit")
    assert load_datasets(Datasets((kept, omitted)).to_json()).entries == (kept, omitted)
    for wrong in ("omitted", False, ["omit"]):
        with pytest.raises(ConfigError, match=r"dataset 1: raw: .* must be one of keep, omit"):
            load_datasets(entry(raw=wrong))


def test_columns_that_people_look_values_up_in_can_be_named() -> None:
    datasets = load_datasets(entry(find_by=["order_number"]))
    assert datasets.entries[0].find_by == ("order_number",)
    assert load_datasets(datasets.to_json()) == datasets
    assert "find_by" not in load_datasets(entry()).to_json()["datasets"][0]


@pytest.mark.parametrize("given", ["order_number", [1]])
def test_a_list_of_names_is_needed_for_them(given: Any) -> None:
    with pytest.raises(ConfigError, match=r"dataset 1: find_by needs a list of columns, such as \[order_number\]"):
        load_datasets(entry(find_by=given))


def test_a_transformation_is_a_function_of_a_module() -> None:
    datasets = load_datasets(entry(transform="shop_logs.clean:clean"))
    assert datasets.entries[0].transform == "shop_logs.clean:clean"
    assert datasets.have_transforms
    assert not load_datasets(entry()).have_transforms
    assert load_datasets(datasets.to_json()) == datasets
    assert "transform" not in load_datasets(entry()).to_json()["datasets"][0]


@pytest.mark.parametrize("name", ["clean", "a:clean:x", "a.:clean", "a-b:clean", "a:", ":clean", 7, "a b:c"])
def test_what_names_no_function_is_refused(name: Any) -> None:
    with pytest.raises(ConfigError, match=r"dataset 1: transform: .* must be package\.module:function, such as"):
        load_datasets(entry(transform=name))


def test_days_are_whole_numbers_of_one_or_more() -> None:
    (dataset,) = load_datasets(entry(retention_days="400 days", delete_raw_after=30)).entries
    assert (dataset.retention_days, dataset.delete_raw_after) == (400, 30)
    now_ms = parse_instant("2026-11-30T17:00")
    assert dataset.raw_kept_from(now_ms) == parse_instant("2026-10-31")
    assert dataset.kept_from(now_ms) == parse_instant("2025-10-26")
    assert load_datasets(load_datasets(entry(retention_days=7)).to_json()).entries[0].retention_days == 7
    assert Dataset(("*",)).kept_from(now_ms) == 0
    for wrong in (0, -1, 1.5, "a month", "30", True):
        with pytest.raises(ConfigError, match=r"dataset 1: retention_days: .* must be a whole number of days"):
            load_datasets(entry(retention_days=wrong))


def test_landed_hours_keep_their_raw_objects_as_long_as_events_may_come() -> None:
    with pytest.raises(ConfigError, match="with ingest: landing it must be 15 or more"):
        load_datasets(entry(ingest="landing", delete_raw_after=14))
    assert load_datasets(entry(ingest="landing", delete_raw_after=15)).expire
