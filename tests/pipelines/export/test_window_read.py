"""A window is read page by page into subscription payloads; after each page, it is known what is complete."""

from __future__ import annotations

import gzip
import json

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks
from support.fakes.stores import MemoryStore
from support.worlds.bundles import bundle_of, convert_sampled, table_rows

from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import StaleTokenError, TransientError
from loglake.pipelines.export.payload_writer import PayloadWriter
from loglake.pipelines.export.window_read import WindowRead

pytestmark = pytest.mark.unit

SHOP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + 3_600_000))
WEB, DB = [(START_MS + 1, "one"), (START_MS + 4, "zwölf\n lines")], [(START_MS + 4, "db"), (START_MS + 9, "end")]


class Reading:
    """A log group with two streams, read a page of `most` events at a time."""

    def __init__(self, most: int = 10_000, streams: dict[str, list[tuple[int, str]]] | None = None) -> None:
        self.raw = MemoryStore("raw")
        self.tasks = FakeExportTasks(self.raw)
        self.tasks.add_group(SHOP, streams or {"web/1": WEB, "db": DB})
        self.reader = FakeEventReader(self.tasks, most)
        self.writer = PayloadWriter(self.raw, SHOP, "123456789012")
        self.read = WindowRead(self.reader, self.writer, SHOP, HOUR)

    def payloads(self) -> list[dict[str, object]]:
        self.writer.put("exports/p")
        return [
            json.loads(line)
            for raw in self.writer.objects
            for line in gzip.decompress(self.raw.get(raw.key)).splitlines()
        ]

    def messages(self) -> list[str]:
        return [event["message"] for payload in self.payloads() for event in payload["logEvents"]]  # type: ignore[attr-defined]


def test_each_page_gives_a_payload_for_each_stream() -> None:
    reading = Reading()
    reading.read.next_page()
    assert reading.payloads() == [
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": SHOP,
            "subscriptionFilters": ["loglake"],
            "logStream": stream,
            "logEvents": [
                {"id": f"{stream}#{number}", "timestamp": ms, "message": text}
                for number, (ms, text) in enumerate(events)
            ],
        }
        for stream, events in (("web/1", WEB), ("db", DB))
    ]
    assert (reading.read.is_done, reading.read.pages, reading.writer.events) == (True, 1, 4)
    assert [raw.key for raw in reading.writer.objects] == ["exports/p/000000.gz"]


def test_convert_logs_reads_what_was_written() -> None:
    streams = {"web/1": [(START_MS + 1, '{"a": 1}')], "db": [(START_MS + 4, '{"a": 2}')]}
    reading = Reading(streams=streams)
    reading.read.next_page()
    reading.writer.put("exports/p/w/g1/read")
    result, lake = convert_sampled(reading.raw, bundle_of(reading.writer.objects, log_group=SHOP, window=HOUR))
    rows = table_rows(result, lake)
    assert [(row["log_stream"], row["a"], row["_event_id"]) for row in rows] == [
        ("web/1", 1, "web/1#0"),
        ("db", 2, "db#0"),
    ]


def test_the_last_millisecond_is_complete_once_a_later_event_comes() -> None:
    reading = Reading(most=2)
    reading.read.next_page()  # 1 and one of the two events at 4
    assert (reading.read.complete_until_ms, reading.writer.events) == (START_MS + 4, 1)
    reading.read.next_page()
    assert (reading.read.complete_until_ms, reading.writer.events) == (HOUR.to_ms, 4)


def test_an_object_without_events_is_not_put() -> None:
    reading = Reading(streams={"web": []})
    reading.read.next_page()
    assert (reading.read.is_done, reading.payloads()) == (True, [])
    assert reading.read.complete_until_ms == HOUR.to_ms


def test_reading_goes_on_by_time_after_a_token_that_expired() -> None:
    reading = Reading(most=2)
    reading.read.next_page()
    reading.reader.errors.append(StaleTokenError("The specified nextToken is invalid."))
    while not reading.read.is_done:
        reading.read.next_page()
    assert reading.reader.windows == [HOUR, Window(EpochMs(START_MS + 4), HOUR.to_ms)]
    assert sorted(reading.messages()) == ["db", "end", "one", "zwölf\n lines"]


def test_it_ends_if_no_token_is_valid() -> None:
    reading = Reading(most=2)
    reading.read.next_page()
    reading.reader.errors += [StaleTokenError("The specified nextToken is invalid.")] * 6
    for _ in range(5):
        reading.read.next_page()
    with pytest.raises(TransientError, match="stays valid"):
        reading.read.next_page()


def test_pages_out_of_order_are_read_whole_and_never_cut() -> None:
    reading = Reading(most=2)
    reading.reader.unsorted = True
    reading.read.next_page()
    assert reading.read.complete_until_ms == HOUR.from_ms
    while not reading.read.is_done:
        reading.read.next_page()
    assert reading.read.complete_until_ms == HOUR.to_ms
    assert sorted(reading.messages()) == ["db", "end", "one", "zwölf\n lines"]


def test_the_sum_of_ids_is_that_of_the_events_in_any_order() -> None:
    whole, paged = Reading(), Reading(most=1)
    whole.read.next_page()
    while not paged.read.is_done:
        paged.read.next_page()
    assert (whole.writer.events, whole.writer.id_sum) == (paged.writer.events, paged.writer.id_sum)
    other = Reading(streams={"web/1": WEB, "db": DB[:1], "x": DB[1:]})
    other.read.next_page()
    assert (other.writer.events, other.writer.id_sum) != (whole.writer.events, whole.writer.id_sum)
