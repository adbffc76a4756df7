from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pytest
from support.fakes.stores import MemoryStore

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import choose_format, choose_formats, fields_of
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.core.units import LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.kernels.arrow import Booleans, Strings
from loglake.kernels.formats.pairs.logfmt import LogfmtFormat
from loglake.kernels.formats.registry import format_of
from loglake.kernels.formats.together import parser_of
from loglake.kernels.readers import raw_objects
from loglake.kernels.sample import count_formats, sample_bundle

pytestmark = pytest.mark.unit

TIMESTAMP = "2026-11-21T08:30:00.123Z "
REQUEST = "8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11"
BIGINT, STRING = InferredType(ColumnType.BIGINT), InferredType(ColumnType.STRING)


class CountingStore(MemoryStore):
    """Counts the bytes that were read."""

    bytes_read = 0

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        for chunk in super().read(key, chunk_bytes):
            self.bytes_read += len(chunk)
            yield chunk


def _sample(
    events: list[str], format_name: str = "auto", types: Mapping[FieldPath, ColumnType] | None = None
) -> SchemaSample:
    store = MemoryStore("raw")
    store.put("s/000000.gz", gzip.compress("".join(f"{TIMESTAMP}{event}\n" for event in events).encode()))
    return sample_bundle(_bundle("s/000000.gz", format_name, types), store)


def _bundle(key: str, format_name: str = "auto", types: Mapping[FieldPath, ColumnType] | None = None) -> Bundle:
    return Bundle(
        table="t",
        log_group=LogGroupName("/g"),
        window=Window(parse_instant("2026-11-21"), parse_instant("2026-11-22")),
        generation=0,
        number=0,
        attempt="a",
        objects=(RawObject("x/aws-logs-write-test", 27, ""), RawObject(key, 1, "s")),
        format=format_name,
        types=types or {},
    )


def test_each_event_counts_for_the_format_that_recognises_it() -> None:
    flow = "2 123456789012 eni-0a1b 10.0.0.5 10.0.1.9 49152 443 6 20 4249 1763712000 1763712060 ACCEPT OK"
    schema_sample = _sample([flow, '{"a": 1}', '{"a": 2}', f"END RequestId: {REQUEST}", "text", "two\nlines"])
    assert schema_sample.formats == {"vpc_flow": 1, "json": 2, "lambda": 1, "text": 2}
    assert schema_sample.fields["json"] == {("a",): BIGINT}
    assert schema_sample.fields["vpc_flow"][("account-id",)] == STRING
    assert schema_sample.fields["lambda"][("duration_ms",)] == InferredType(ColumnType.DOUBLE)
    assert ("a",) not in schema_sample.fields["lambda"]


def test_no_format_is_asked_once_every_event_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling the patterns of all formats takes longer than reading a small sample."""
    asked: list[int] = []

    def ask(_self: LogfmtFormat, raw: Strings) -> Booleans:
        asked.append(len(raw))
        return pa.array([False] * len(raw))

    monkeypatch.setattr(LogfmtFormat, "matches", ask)
    _sample(['{"a": 1}', '{"a": 2}'])
    assert asked == []
    _sample(['{"a": 1}', "a=b c=d"])
    assert asked == [1]


def test_a_named_format_is_the_only_one_but_text() -> None:
    schema_sample = _sample(['{"a": 1}', f"END RequestId: {REQUEST}"], "json")
    assert schema_sample.formats == {"json": 1, "text": 1}
    assert schema_sample.fields == {"json": {("a",): BIGINT}}


def test_fixed_types_override_what_is_seen() -> None:
    hints: dict[FieldPath, ColumnType] = {
        ("a",): ColumnType.STRING,
        ("t",): ColumnType.TIMESTAMP,
        ("l",): ColumnType.STRING,
    }
    schema_sample = _sample(['{"a": 1, "b": 1, "l": [1]}'], types=hints)
    assert schema_sample.fields["json"] == {
        ("a",): STRING,
        ("b",): BIGINT,
        ("l",): InferredType(ColumnType.STRING, json=True),
        ("t",): InferredType(ColumnType.TIMESTAMP),
    }


@pytest.mark.parametrize(
    ("seen", "chosen"),
    [
        ([], "text"),
        ([{"text": 5}], "text"),
        ([{"text": 900, "json": 3}], "json"),
        ([{"json": 3}, {"vpc_flow": 2, "json": 1}], "json"),
        ([{"json": 900, "lambda": 1, "text": 5}], "lambda"),
    ],
)
def test_choosing_a_format(seen: list[dict[str, int]], chosen: str) -> None:
    assert choose_format(SchemaSample("t", formats, {}) for formats in seen) == chosen


def test_nothing_to_see() -> None:
    assert _sample([]) == SchemaSample("t", {}, {})


def test_a_large_object_is_sampled_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_objects, "READ_BYTES", 1_000)
    store = CountingStore("raw")
    lines = "".join(f'{TIMESTAMP}{{"n": {number * 7919 % 1_000_003}}}\n' for number in range(400_000))
    store.put("s/000000.gz", gzip.compress(lines.encode(), 1))
    schema_sample = sample_bundle(replace(_bundle("s/000000.gz"), sample_bytes=100_000), store)
    assert 1_000 < schema_sample.formats["json"] < 10_000
    assert store.bytes_read < len(store.get("s/000000.gz")) / 2


def test_a_damaged_object_shows_what_is_before_the_damage() -> None:
    store = MemoryStore("raw")
    body = gzip.compress(f'{TIMESTAMP}{{"a": 1}}\n{TIMESTAMP}{{"a": 2}}\n'.encode())
    store.put("s/000000.gz", body[:-9])
    assert sample_bundle(_bundle("s/000000.gz"), store).formats == {"json": 1}


def test_landed_lines_that_name_no_account_are_sampled_for_the_deployments() -> None:
    store, key = MemoryStore("raw"), "landing/log_group=%2Fg/firehose-1.gz"
    store.put(key, gzip.compress(f'{TIMESTAMP}{{"a": 1}}\n'.encode()))
    bundle = replace(_bundle(key), landed=True, account="123456789012")
    assert sample_bundle(bundle, store).formats == {"json": 1}
    other = replace(bundle, log_group=LogGroupName("210987654321:/g"))
    assert sample_bundle(other, store).formats == {}


def test_metrics_among_a_functions_lines_are_fields_of_its_table() -> None:
    """A Lambda function writes EMF beside its log lines: one table, metrics as columns, nothing rescued."""
    metrics = '[{"Namespace": "n", "Dimensions": [], "Metrics": [{"Name": "m"}]}]'
    texts = [
        f"START RequestId: {REQUEST} Version: $LATEST",
        f'{{"_aws": {{"Timestamp": 1, "CloudWatchMetrics": {metrics}}}, "m": 1.5, "stage": "prod"}}',
        '{"level": "info", "orders": 3}',
    ]
    schema_sample = _sample(texts)
    formats = choose_formats([schema_sample])
    assert formats == ("lambda", "emf", "json")
    schema = grow(TableSchema("t"), fields_of([schema_sample], formats))
    assert {column.path for column in schema.columns} >= {("m",), ("stage",), ("orders",), ("_aws",)}
    for made in ([format_of("lambda")], [format_of(name) for name in formats]):
        assert parser_of(made, schema)(pa.array(texts)).rescued_values == 0


def test_events_without_a_bundle_count_for_the_most_particular_format() -> None:
    texts = pa.array(['{"a": 1}', f"START RequestId: {REQUEST} Version: $LATEST", "plain words", '{"b": 2}'])
    assert count_formats(texts) == {"lambda": 1, "json": 2, "text": 1}
    assert count_formats(pa.array([], pa.string())) == {}
