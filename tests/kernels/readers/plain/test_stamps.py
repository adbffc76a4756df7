"""Timestamps in lines and JSON objects."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from loglake.core.units import format_instant, to_ms
from loglake.kernels.formats.times.zones import zone_of
from loglake.kernels.readers.plain.json_times import json_time, read_object
from loglake.kernels.readers.plain.stamps import find_stamp
from loglake.kernels.readers.plain.years import Turns, Years

pytestmark = pytest.mark.unit

UTC = timezone.utc
NOW = to_ms(datetime(2026, 11, 21, 8, 30, tzinfo=UTC))


def time_of(line: str, zone: str = "") -> str | None:
    stamp = find_stamp(line, zone_of(zone))
    ms = Years(NOW).ms(stamp) if stamp else None
    return None if ms is None else format_instant(ms)


@pytest.mark.parametrize(
    ("line", "instant"),
    [
        ("2015-10-18 18:01:47,978 INFO x", "2015-10-18T18:01:47.978Z"),
        ("2015-10-18T18:01:47.978123Z x", "2015-10-18T18:01:47.978Z"),
        ("2015-10-18T18:01:47+02:00 x", "2015-10-18T16:01:47.000Z"),
        ("2015-10-18T18:01:47+02 x", "2015-10-18T16:01:47.000Z"),
        ("2015-10-18 18:01:47 -0530 x", "2015-10-18T23:31:47.000Z"),
        ("2015-10-18 18:01:47.123 CEST [17] LOG:  x", "2015-10-18T16:01:47.123Z"),
        ("2015-10-18 18:01:47 UTC [17] LOG:  x", "2015-10-18T18:01:47.000Z"),
        ("[2015-10-18 18:01:47.5] x", "2015-10-18T18:01:47.500Z"),
        ('"2015-10-18 18:01:47","x"', "2015-10-18T18:01:47.000Z"),
        ("WARN  [2015-10-18 18:01:47,001] x", "2015-10-18T18:01:47.001Z"),
        ("[ERROR] 2015-10-18T18:01:47.001Z x", "2015-10-18T18:01:47.001Z"),
        ("web_1  | 2015-10-18T18:01:47.123456789Z x", "2015-10-18T18:01:47.123Z"),
        ("2016-10-06T00:17:09.669794202+02:00 stdout F x", "2016-10-05T22:17:09.669Z"),
        ("2009/11/10 23:00:00 hello from Go", "2009-11-10T23:00:00.000Z"),
        ("2009/11/10 23:00:00.123456 main.go:7: hello", "2009-11-10T23:00:00.123Z"),
        ("2009/11/10 23:00:00 [error] 7#7: *1 open() failed", "2009-11-10T23:00:00.000Z"),
        ("17/06/09 20:10:40 INFO x", "2017-06-09T20:10:40.000Z"),
        ("Dec 10 06:55:46 host x", "2025-12-10T06:55:46.000Z"),
        ("Nov 21 08:30:00 host now", "2026-11-21T08:30:00.000Z"),
        ("Nov 22 08:30:01 host not a day ahead", "2025-11-22T08:30:01.000Z"),
        ("<34>Oct  1 22:14:15 host x", "2026-10-01T22:14:15.000Z"),
        ("<34>1 2003-10-11T22:14:15.003Z host x", "2003-10-11T22:14:15.003Z"),
        ("Feb 29 00:00:00 host x", "2024-02-29T00:00:00.000Z"),
        ("I0610 06:55:46.123456   17 main.go:7] klog", "2026-06-10T06:55:46.123Z"),
        ("E20240610 06:55:46.123456 17 main.cc:7] glog", "2024-06-10T06:55:46.123Z"),
        ("[Sun Dec 04 04:47:44 2005] [notice] x", "2005-12-04T04:47:44.000Z"),
        ("[Sun Dec 04 04:47:44.123456 2005] [core:notice] x", "2005-12-04T04:47:44.123Z"),
        ("Sun Dec  4 04:47:44 EST 2005 x", "2005-12-04T09:47:44.000Z"),
        ("[10/Oct/2000:13:55:36 -0700] x", "2000-10-10T20:55:36.000Z"),
        ('127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1', "2000-10-10T20:55:36.000Z"),
        ('shop:443 ::1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 1', "2000-10-10T20:55:36.000Z"),
        ("Tue, 02 Jan 2024 15:04:05 +0100 x", "2024-01-02T14:04:05.000Z"),
        ("2 Jan 2024 15:04:05 GMT x", "2024-01-02T15:04:05.000Z"),
        ("7:M 02 Jan 2024 15:04:05.678 * Ready", "2024-01-02T15:04:05.678Z"),
        ("02-Jan-2024 15:04:05.678 INFO [main] tomcat", "2024-01-02T15:04:05.678Z"),
        ("[02-Jan-2024 15:04:05 Europe/Berlin] PHP Fatal error", "2024-01-02T14:04:05.000Z"),
        ("Jan 02, 2024 3:04:05 PM org.shop.Main main", "2024-01-02T15:04:05.000Z"),
        ("Jan 02, 2024 12:04:05 AM org.shop.Main main", "2024-01-02T00:04:05.000Z"),
        ("I, [2024-01-02T15:04:05.678901 #17]  INFO -- : x", "2024-01-02T15:04:05.678Z"),
        ('Started GET "/a b" for ::1 at 2024-01-02 15:04:05 +0100', "2024-01-02T14:04:05.000Z"),
        ('level=info ts=2024-01-02T15:04:05.678Z msg="x"', "2024-01-02T15:04:05.678Z"),
        ('time="2024-01-02T15:04:05+01:00" level=info', "2024-01-02T14:04:05.000Z"),
        ("ts=1704207845.678 level=info", "2024-01-02T15:04:05.678Z"),
        ("# Time: 2024-01-02T15:04:05.678901Z", "2024-01-02T15:04:05.678Z"),
        ("1704207845.678 TCP_MISS/200", "2024-01-02T15:04:05.678Z"),
        ("[1704207845] x", "2024-01-02T15:04:05.000Z"),
        ("1704207845678 x", "2024-01-02T15:04:05.678Z"),
        ("1704207845678901234 x", "2024-01-02T15:04:05.678Z"),
        ("type=SYSCALL msg=audit(1704207845.678:24287): x", "2024-01-02T15:04:05.678Z"),
        ("[INFO] [1704207845.678901234] [node]: ROS 2", "2024-01-02T15:04:05.678Z"),
        ("20171223-22:19:58:419|Step_LSC|30002312|x", "2017-12-23T22:19:58.419Z"),
        ("20171224-0:7:3:9|Step_LSC|30002312|x", "2017-12-24T00:07:03.900Z"),
        ("20240102T150405Z x", "2024-01-02T15:04:05.000Z"),
        ("  3737:20240102:150405.678 Zabbix", "2024-01-02T15:04:05.678Z"),
        ("081109 203615 148 INFO dfs.DataNode: HDFS", "2008-11-09T20:36:15.000Z"),
        ("I240102 15:04:05.678901 14 1@server/node.go:464 CockroachDB", "2024-01-02T15:04:05.678Z"),
        ("2005-07-01-08.25.20.466953+060 I27204F655 Db2", "2005-07-01T07:25:20.466Z"),
        ("[2024.01.02-15.04.05:678][  0]LogInit: Unreal", "2024-01-02T15:04:05.678Z"),
        ("2024.01.02 15:04:05 x", "2024-01-02T15:04:05.000Z"),
        ("INFO[11-20|08:00:01] log15", "2026-11-20T08:00:01.000Z"),
        ("INFO [11-20|08:00:01.123] geth", "2026-11-20T08:00:01.123Z"),
        ("11/20-08:00:01.123456 [**] [1:886:3] Snort", "2026-11-20T08:00:01.123Z"),
        ("01/02/24-15:04:05.678901 [**] Snort", "2024-01-02T15:04:05.678Z"),
        ("01/02/2024-15:04:05.678901  [**] Suricata", "2024-01-02T15:04:05.678Z"),
        ("[4120:5532:1120/083000.480011:WARNING:x.cc(196)] Chromium", "2026-11-20T08:30:00.480Z"),
        ("000412: Jan  2 2024 15:04:05.678 CET: %LINK-3-UPDOWN: Cisco", "2024-01-02T14:04:05.678Z"),
        ("000412: *Nov 20 15:04:05.678: %LINK-3-UPDOWN: Cisco", "2026-11-20T15:04:05.678Z"),
        ("Fri Nov 20 09:00:01 +0100 [node1: ontap]", "2026-11-20T08:00:01.000Z"),
        ("01-02-2024 15:04:05.678 +0100 INFO  Metrics - Splunk", "2024-01-02T14:04:05.678Z"),
        ("[1/2/24 15:04:05:678 CET] 00000017 WebSphere", "2024-01-02T14:04:05.678Z"),
        ("[notice] 2024-01-02T15:04:05.678901Z CouchDB", "2024-01-02T15:04:05.678Z"),
        ('date=2024-01-02 time=16:04:05 eventtime=1704207845678901234 tz="+0100"', "2024-01-02T15:04:05.678Z"),
        (
            "<Event xmlns='x'><System><EventID>1</EventID><TimeCreated SystemTime='2024-01-02T15:04:05.678Z'/>",
            "2024-01-02T15:04:05.678Z",
        ),
        ("@40000000659425ef28729d40 new msg 161214", "2024-01-02T15:04:05.678Z"),
    ],
)
def test_the_stamps_of_every_format(line: str, instant: str) -> None:
    assert time_of(line) == instant


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no timestamp",
        "on 2015-10-18 18:01:47 later",
        "2015-13-18 18:01:47 x",
        "2015-10-18 25:01:47 x",
        "2015-10-18 18:01:60 x",
        "Feb 30 00:00:00 x",
        "17/06/09",
        "12:00:00",
        "2026112108 orders",
        "3456789012 is a phone number",
        "KeyError: 17",
        "java.lang.IllegalStateException: 2024-01-02 15:04:05",
    ],
)
def test_what_is_no_stamp(line: str) -> None:
    assert time_of(line) is None


def test_a_given_zone_is_that_of_stamps_without_one() -> None:
    assert time_of("2024-01-02 15:04:05 x", "Europe/Berlin") == "2024-01-02T14:04:05.000Z"
    assert time_of("2024-07-02 15:04:05 x", "Europe/Berlin") == "2024-07-02T13:04:05.000Z"
    assert time_of("2024-07-02 15:04:05 x", "-03:30") == "2024-07-02T18:34:05.000Z"
    assert time_of("2024-07-02 15:04:05Z x", "Europe/Berlin") == "2024-07-02T15:04:05.000Z"
    assert time_of("Jul  2 15:04:05 host x", "America/New_York") == "2026-07-02T19:04:05.000Z"


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp": "2024-01-02T15:04:05.678Z"},
        {"@timestamp": "2024-01-02T16:04:05.678+01:00"},
        {"time": "2024-01-02 16:04:05.678"},
        {"time": 1704207845678},
        {"ts": 1704207845.678},
        {"ts": 1704207845678901},
        {"ts": 1704207845678901234},
        {"ts": "1704207845.678"},
        {"eventTime": "2024-01-02T15:04:05.678Z"},
        {"date": "2024-01-02", "time": "16:04:05.678"},
        {"t": {"$date": "2024-01-02T15:04:05.678+00:00"}},
        {"timestamp": "soon", "ts": 1704207845.678},
    ],
)
def test_the_time_of_a_json_object(fields: dict[str, object]) -> None:
    members = read_object(f" {json.dumps(fields)}\r\n")
    assert members is not None
    ms = json_time(members, ZoneInfo("Europe/Berlin"))
    assert ms is not None
    assert format_instant(ms) == "2024-01-02T15:04:05.678Z"


@pytest.mark.parametrize(
    "text", ['{"time": 17}', '{"time": null}', '{"message": "x"}', '{"ts": true}', '{"ts": 1e999}']
)
def test_an_object_may_say_no_time(text: str) -> None:
    members = read_object(text)
    assert members is not None
    assert json_time(members, UTC) is None


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"a": 1} x', "{} {}", '{"a": 1', "{" * 100_000 + "}"])
def test_what_is_no_object(text: str) -> None:
    assert read_object(text) is None


def test_years_of_several_turns() -> None:
    days = ["Aug  1", "Dec 31", "Jan  1", "Dec 31", "Jan  1", "Jun 30", "Dec  1", "Jan  2", "May  1", "Oct 20"]
    stamps = [found for day in days if (found := find_stamp(f"{day} 12:00:00 host x", UTC))]
    turns = Turns()
    for stamp in stamps:
        turns.add(stamp)
    years = Years(NOW, turns)
    times = [years.ms(stamp) for stamp in stamps]
    assert [format_instant(ms)[:10] for ms in times if ms] == [
        "2024-08-01",
        "2024-12-31",
        "2025-01-01",
        "2024-12-31",
        "2025-01-01",
        "2025-06-30",
        "2025-12-01",
        "2026-01-02",
        "2026-05-01",
        "2026-10-20",
    ]


@pytest.mark.parametrize(
    ("line", "instant"),
    [
        ("21.11.2026 08:30:00,123 INFO x", "2026-11-21T08:30:00.123Z"),
        ("11/21/2026 8:30:00 AM x", "2026-11-21T08:30:00.000Z"),
        ("21/11/2026 08:30:00 x", "2026-11-21T08:30:00.000Z"),
        ("2026-325T08:30:00Z x", "2026-11-21T08:30:00.000Z"),
        ("21-NOV-2026 08:30:00 x", "2026-11-21T08:30:00.000Z"),
        ("2026 Nov 21 08:30:00.123 x", "2026-11-21T08:30:00.123Z"),
        ("11-20 08:30:00.123  1  2 I tag: Android", "2026-11-20T08:30:00.123Z"),
    ],
)
def test_what_a_header_has_as_its_time_is_the_event_s_time(line: str, instant: str) -> None:
    assert time_of(line) == instant


def test_a_day_and_a_month_that_may_change_places_are_no_time() -> None:
    assert time_of("1/2/2026 08:30:00 x") is None
