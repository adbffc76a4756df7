from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import (
    DAY,
    PREFIX,
    WINDOW,
    bundle_of,
    convert_sampled,
    exported_line,
    put_object,
    table_rows,
)

from loglake.core.accounting import Accounting
from loglake.core.schema.bundle import RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import ENVELOPE, TRAILER, ColumnType, InferredType, TableSchema, grow
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError, TransientError, UnreadableObjectsError
from loglake.kernels.convert import convert_bundle

pytestmark = pytest.mark.unit


def test_one_file_per_bundle_and_partition_with_the_envelope_first() -> None:
    raw = MemoryStore("raw")
    objects = [
        put_object(
            raw,
            "web/b",
            exported_line(DAY + 2, '{"message": "late", "user": {"id": 1}, "level": "warn"}')
            + exported_line(DAY + 1, "x\ny"),
        ),
        put_object(raw, "web/a", exported_line(DAY + 2, '{"message": "tie", "dt": "d"}'), part=1),
    ]
    result, lake = convert_sampled(raw, bundle_of(objects))
    (staged,) = result.files
    keys = bundle_of(objects).keys
    assert staged.final_key == keys.table_file("app", "dt=2026-11-21", 0)
    assert staged.staged_key == keys.staged("a1", staged.final_key)
    assert (staged.rows, staged.partition) == (3, "dt=2026-11-21")
    body = lake.get(staged.staged_key)
    assert (staged.size_bytes, staged.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    rows = table_rows(result, lake)
    assert list(rows[0])[: len(ENVELOPE)] == list(ENVELOPE)
    assert list(rows[0])[-len(TRAILER) :] == list(TRAILER)
    assert list(rows[0])[len(ENVELOPE) : -len(TRAILER)] == ["user_id", "dt_field"]
    # Sorted by time; what came first at one instant is first.
    assert [row["message"] for row in rows] == ["x\ny", "late", "tie"]
    assert rows[1] == {
        "event_time": datetime(2026, 11, 21, 0, 0, 0, 2000, tzinfo=UTC),
        "log_time": None,
        "log_account": None,
        "log_group": "/app",
        "log_stream": "web/b",
        "message": "late",
        "level": "WARN",
        "raw": '{"message": "late", "user": {"id": 1}, "level": "warn"}',
        "user_id": 1,
        "dt_field": None,
        "_rescued": None,
        "_source": objects[0].key,
        "_line": 1,
        "_event_id": None,
    }
    assert (rows[2]["log_stream"], rows[2]["_source"]) == ("web/a", objects[1].key)
    assert result.accounting == Accounting(events_in=3, rows_out=3)


def test_the_file_is_plain_parquet() -> None:
    raw = MemoryStore("raw")
    result, lake = convert_sampled(raw, bundle_of([put_object(raw, "s", exported_line(DAY, '{"a": 1}'))]))
    file = pq.ParquetFile(io.BytesIO(lake.get(result.files[0].staged_key)))
    assert not file.schema_arrow.metadata
    group = file.metadata.row_group(0)
    columns = {group.column(index).path_in_schema: group.column(index) for index in range(group.num_columns)}
    assert {column.compression for column in columns.values()} == {"ZSTD"}
    statistics = columns["event_time"].statistics
    assert statistics is not None
    assert statistics.min == datetime(2026, 11, 21, tzinfo=UTC)
    assert "dt" not in columns
    assert str(file.schema.column(0).logical_type).startswith("Timestamp(isAdjustedToUTC=true, timeUnit=milliseconds")


def test_events_go_to_the_partition_of_their_time() -> None:
    raw = MemoryStore("raw")
    times = [DAY - 1, DAY, DAY + MS_PER_HOUR, DAY + MS_PER_DAY - 1, DAY + MS_PER_DAY]
    objects = [put_object(raw, "s", "".join(exported_line(ms, "x") for ms in times))]
    by_day, _ = convert_sampled(raw, bundle_of(objects))
    assert [(made.partition, made.rows) for made in by_day.files] == [
        ("dt=2026-11-20", 1),
        ("dt=2026-11-21", 3),
        ("dt=2026-11-22", 1),
    ]
    by_hour, _ = convert_sampled(raw, bundle_of(objects, partition_by="hour"))
    assert [made.partition for made in by_hour.files] == [
        "dt=2026-11-20/hour=23",
        "dt=2026-11-21/hour=00",
        "dt=2026-11-21/hour=01",
        "dt=2026-11-21/hour=23",
        "dt=2026-11-22/hour=00",
    ]


def test_an_event_outside_its_window_is_left_out_only_where_another_window_has_it() -> None:
    raw = MemoryStore("raw")
    before, after = Window(parse_instant("2026-11-20"), DAY), Window(WINDOW.to_ms, parse_instant("2026-11-23"))
    times = [before.from_ms - 1, before.from_ms, DAY - 1, DAY, WINDOW.to_ms - 1, WINDOW.to_ms, after.to_ms]
    bundle = bundle_of(
        [put_object(raw, "s", "".join(exported_line(ms, str(ms)) for ms in times))], elsewhere=(before, after)
    )
    result, lake = convert_sampled(raw, bundle)
    kept = [before.from_ms - 1, DAY, WINDOW.to_ms - 1, after.to_ms]
    assert sorted(row["raw"] for row in table_rows(result, lake)) == sorted(map(str, kept))
    assert result.accounting == Accounting(events_in=7, rows_out=4, out_of_window=3)


def test_what_is_no_event_goes_to_quarantine() -> None:
    raw = MemoryStore("raw")
    objects = [
        put_object(raw, "a", "no timestamp\nat all\n" + exported_line(DAY, "good")),
        put_object(raw, "b", b"\xff\xfe\n" + exported_line(DAY, "good").encode()),
        put_object(raw, "c", exported_line(DAY, "good") + exported_line(DAY, "cut")),
    ]
    raw.put(objects[2].key, raw.get(objects[2].key)[:-12])
    result, lake = convert_sampled(raw, bundle_of(objects), "text")
    table, quarantine = result.files
    assert (table.rows, quarantine.rows, quarantine.partition) == (3, 3, "")
    assert quarantine.final_key.startswith("quarantine/app/dt=2026-11-21/")
    entries = [json.loads(line) for line in gzip.decompress(lake.get(quarantine.staged_key)).splitlines()]
    assert entries[0] == {
        "reason": "no timestamp before this text",
        "source": objects[0].key,
        "line": 1,
        "offset": 0,
        "text": "no timestamp\nat all\n",
    }
    assert entries[1]["base64"] == "//4K"
    assert (entries[2]["source"], entries[2]["line"]) == (objects[2].key, 2)
    assert "middle of a gzip member" in entries[2]["reason"]
    assert result.accounting == Accounting(events_in=6, rows_out=3, quarantined=3)


def test_the_permission_test_and_empty_objects_hold_no_events() -> None:
    raw = MemoryStore("raw")
    raw.put(f"{PREFIX}/aws-logs-write-test", b"Permission Check Successful")
    raw.put(f"{PREFIX}/s/000000.gz", b"")
    objects = [RawObject(f"{PREFIX}/aws-logs-write-test", 27, ""), RawObject(f"{PREFIX}/s/000000.gz", 0, "s")]
    result, lake = convert_sampled(raw, bundle_of(objects))
    assert result.files == ()
    assert result.accounting == Accounting()
    assert lake.objects == {}


def test_errors_of_the_store_are_not_damage() -> None:
    class Failing(MemoryStore):
        def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
            yield self.get(key)[:20]
            raise TransientError("broken connection")

    raw = Failing("raw")
    plan = TablePlan("text", TableSchema("app"))
    bundle = bundle_of([put_object(raw, "s", exported_line(DAY, "x"))])
    with pytest.raises(TransientError):
        convert_bundle(bundle, plan, raw, MemoryStore("lake"))
    with pytest.raises(UnreadableObjectsError, match=r"000000\.gz does not exist"):
        convert_bundle(bundle, plan, MemoryStore("raw"), MemoryStore("lake"))
    with pytest.raises(ConfigError, match="format: 'auto' is not known"):
        convert_bundle(bundle, TablePlan("auto", TableSchema("app")), raw, MemoryStore("lake"))


def test_nothing_is_left_on_the_disk(tmp_path: Path) -> None:
    raw = MemoryStore("raw")
    bundle = bundle_of([put_object(raw, "s", exported_line(DAY, "x"))])
    convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, MemoryStore("lake"), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_fields_beyond_the_schema_are_rescued_and_counted() -> None:
    raw = MemoryStore("raw")
    bundle = bundle_of(
        [put_object(raw, "s", exported_line(DAY, '{"a": 1, "b": {"c": 2}}') + exported_line(DAY, '{"a": "x"}'))]
    )
    schema = grow(TableSchema("app"), {("a",): InferredType(ColumnType.BIGINT)})
    lake = MemoryStore("lake")
    result = convert_bundle(bundle, TablePlan("json", schema), raw, lake)
    assert [(row["a"], row["_rescued"]) for row in table_rows(result, lake)] == [(1, '{"b.c":2}'), (None, '{"a":"x"}')]
    assert result.accounting == Accounting(events_in=2, rows_out=2, rescued_values=2)


@pytest.mark.parametrize("shown", ["text", "syslog"])
def test_objects_that_the_sample_did_not_show_are_rescued(shown: str) -> None:
    raw = MemoryStore("raw")
    texts = [
        "plain",
        '{"a": 1, "b": {"c": "x"}, "level": "warn", "message": "refused"}',
        ' {"a": 2}\t\n',
        '[INFO] {"a": 3}',
        "{'a': 4}",
        "{a: 5}",
        "{broken}",
        "ends with }",
    ]
    bundle = bundle_of([put_object(raw, "s", "".join(exported_line(DAY, text) for text in texts))], format="auto")
    lake = MemoryStore("lake")
    result = convert_bundle(bundle, TablePlan(shown, TableSchema("app")), raw, lake)
    rows = table_rows(result, lake)
    rescued = ['{"a":1,"b.c":"x"}', '{"a":2}', '{"a":3}', '{"a":4}']
    assert [row["_rescued"] for row in rows] == [None, *rescued, None, None, None]
    assert (rows[1]["message"], rows[1]["level"]) == ("refused", "WARN")
    assert [row["message"] for row in rows[4:]] == [None, *texts[5:]]
    assert result.accounting.rescued_values == 5


def test_objects_are_text_where_a_dataset_says_that_all_is_text() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    bundle = bundle_of([put_object(raw, "s", exported_line(DAY, '{"a": 1}'))], format="text")
    (row,) = table_rows(convert_bundle(bundle, TablePlan("text", TableSchema("app")), raw, lake), lake)
    assert (row["message"], row["_rescued"]) == ('{"a": 1}', None)


def test_fields_may_have_the_names_that_the_kernels_use_themselves() -> None:
    """People log fields named ``line`` and ``object``, and fields named like the envelope."""
    names = ["line", "object", "raw", "message", "level", "event_time", "_line", "_object", "_source", "_rescued", "dt"]
    event = json.dumps({name: number for number, name in enumerate(names)})
    store = MemoryStore("raw")
    raw = put_object(store, "s", exported_line(DAY, event))
    result, lake = convert_sampled(store, bundle_of([raw]))
    (row,) = table_rows(result, lake)
    assert result.accounting.rescued_values == 0
    assert (row["line"], row["object"], row["level_field"], row["_line"]) == (0, 1, 4, 1)
    assert row["raw"] == event
