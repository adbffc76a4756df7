"""The event's own time is a timestamp beside CloudWatch's, whatever the format calls it; NULL if it is unsure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.schema import ColumnType, TableSchema
from loglake.core.schema.set_types import set_types
from loglake.errors import ConfigError
from loglake.kernels.parquet.rows import file_schema

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 21, 8, 0, tzinfo=timezone.utc)
MS = timedelta(milliseconds=123)
VPC = "2 012345678901 eni-0a1b2c3d4e5f60718 10.0.0.5 10.0.1.9 49152 443 6 20 4249 1795248000 1795248060 ACCEPT OK"
CLOUDFRONT = "2026-11-21\t08:00:00\tFRA56\t17\t192.0.2.1\tGET\td1.cloudfront.net\t/a\t200\t-\tcurl\t-"


@pytest.mark.parametrize(
    ("event", "time"),
    [
        ('{"ts": "2026-11-21T09:00:00.123+01:00", "msg": "a"}', AT + MS),
        ('{"@timestamp": "2026-11-21T08:00:00.123Z", "n": 1}', AT + MS),
        ('{"time": 1795248000123, "msg": "a"}', AT + MS),
        ('{"ts": 1795248000.123, "msg": "a"}', AT + MS),
        ('{"time": 17, "msg": "took 17 ms"}', None),
        ('{"time": "2026-11-21 08:00:00", "msg": "in a zone that nobody says"}', None),
        ('{"timestamp": "1/2/2026 08:00:00", "msg": "a day or a month"}', None),
        ('[INFO] {"time": "2026-11-21T08:00:00Z", "order": 17}', AT),
        (VPC, AT),
        (CLOUDFRONT, AT),
        ('192.0.2.1 - - [21/Nov/2026:09:00:00 +0100] "GET / HTTP/1.1" 200 12', AT),
        ("2026-11-21T08:00:00.123Z\t8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11\tINFO\thello", AT + MS),
        ('{"_aws": {"Timestamp": 1795248000123, "CloudWatchMetrics": []}, "n": 1}', AT + MS),
        ('2026-11-21T08:00:00.123456789Z stdout F {"level": "warn"}', AT + MS),
        ('date=2026-11-21 time=09:00:00 tz="+0100" level="notice" action="close"', AT),
        ('{"date": "2026-11-21", "time": "09:00:00", "tz": "+01:00", "n": 1}', AT),
        ('{"date": "2026-11-21", "time": "2026-11-21T08:00:00.123Z", "n": 1}', AT + MS),
        ("@400000006b014f8a0754d4c0 status: local 0/10 remote 1/20", AT + MS),
        ("000412: Nov 21 2026 09:00:00.123 CET: %LINK-3-UPDOWN: Interface Gi1/0/24, changed state to down", AT + MS),
        ('Nov 21 09:00:00 node-1 falco[912]: {"time": "2026-11-21T08:00:00.123Z", "rule": "a"}', AT + MS),
        ("plain", None),
    ],
)
def test_events_of_any_format_have_their_own_time(event: str, time: datetime | None) -> None:
    rows, _ = convert_events([event] * 3)
    assert [row["log_time"] for row in rows] == [time] * 3


def test_a_zone_that_only_the_dataset_names_makes_a_time_sure() -> None:
    events = ["2026-11-21 09:00:00,123 INFO app - hi", "2026-11-21 09:00:01,123 WARN app - slow"]
    rows, _ = convert_events(events)
    assert [(row["log_time"], row["timestamp"]) for row in rows] == [(None, event[:23]) for event in events]
    rows, _ = convert_events(events, timezone="Europe/Berlin")
    assert [row["log_time"] for row in rows] == [AT + MS, AT + MS + timedelta(seconds=1)]
    rows, _ = convert_events(["Nov 21 09:00:00 web-1 sshd[17]: closed"] * 2, timezone="+01:00")
    assert [row["log_time"] for row in rows] == [AT] * 2


def test_an_old_table_gets_the_column_if_a_person_adds_it() -> None:
    old = TableSchema.from_json({"table": "app", "version": 3, "columns": []})
    assert "log_time" not in file_schema(old).names
    added = set_types(old, {"log_time": ColumnType.TIMESTAMP}, add=True)
    assert file_schema(added).names[:2] == ["event_time", "log_time"]
    assert (added.version, TableSchema.from_json(added.to_json())) == (4, added)
    with pytest.raises(ConfigError, match="app has log_time already"):
        set_types(added, {"log_time": ColumnType.TIMESTAMP}, add=True)
    with pytest.raises(ConfigError, match="app has no log_time: with --add its new rows have it"):
        set_types(old, {"log_time": ColumnType.TIMESTAMP})


def test_a_column_of_that_name_in_an_old_table_stays_what_it_is() -> None:
    column = {"name": "log_time", "path": ["log_time"], "type": "string", "json": False}
    old = TableSchema.from_json({"table": "app", "version": 1, "columns": [column]})
    assert file_schema(old).field("log_time").type == "string"
    assert set_types(old, {"log_time": ColumnType.TIMESTAMP}).columns[0].type is ColumnType.TIMESTAMP
