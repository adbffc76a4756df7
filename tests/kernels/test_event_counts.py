"""The counts of each raw object's events, and the exact bytes of text that is not UTF-8."""

from __future__ import annotations

import base64
import json

import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, convert_sampled, exported_line, put_object, table_rows

from loglake.core.accounting import Accounting, total
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.format_choice import choose_formats
from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.kernels.convert import convert_bundle
from loglake.kernels.sample import sample_bundle

pytestmark = pytest.mark.unit


def test_each_raw_object_is_accounted_for() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    objects = [
        put_object(raw, "a", exported_line(DAY, '{"n": 1}') + exported_line(DAY, '{"n": "x", "o": 2}')),
        put_object(raw, "b", "no timestamp\n" + exported_line(DAY, '{"n": 2}') + exported_line(DAY, '{"n": true}')),
        put_object(raw, "empty", ""),
    ]
    plan = TablePlan("json", grow(TableSchema("app"), {("n",): InferredType(ColumnType.BIGINT)}))
    result = convert_bundle(bundle_of(objects), plan, raw, lake)

    assert result.objects == {
        objects[0].key: Accounting(events_in=2, rows_out=2, rescued_values=2),
        objects[1].key: Accounting(events_in=3, rows_out=2, quarantined=1, rescued_values=1),
    }
    assert [counts.text_bytes for counts in result.objects.values()] == [26, 32]
    assert total(result.objects.values()) == result.accounting
    assert result.accounting.text_bytes == 58
    assert result.reasons == {"no timestamp before this text": 1}


def test_several_values_at_one_path_are_counted_too() -> None:
    raw = MemoryStore("raw")
    objects = [put_object(raw, name, exported_line(DAY, '{"n": "x", "n": "y"}')) for name in "ab"]
    plan = TablePlan("json", grow(TableSchema("app"), {("n",): InferredType(ColumnType.BIGINT)}))
    result = convert_bundle(bundle_of(objects), plan, raw, MemoryStore("lake"))
    assert total(result.objects.values()) == result.accounting
    assert result.accounting.rescued_values >= 2


@pytest.mark.parametrize("format_name", ["json", "text"])
def test_bytes_that_are_not_utf8_are_kept(format_name: str) -> None:
    raw = MemoryStore("raw")
    data = b'{"a": "\xff\xfe", "b": 1}'
    plain = exported_line(DAY, '{"a": "x", "b": 2}').encode()
    raw_object = put_object(raw, "s", plain + exported_line(DAY, "").encode()[:-1] + data + b"\n")
    result, lake = convert_sampled(raw, bundle_of([raw_object], format=format_name), format_name)
    good, bad = table_rows(result, lake)
    assert good["_rescued"] is None
    assert bad["raw"] == data.decode("utf-8", "replace")
    assert base64.b64decode(json.loads(bad["_rescued"])["_raw_base64"]) == data
    assert result.accounting.rescued_values == 1


def test_bytes_that_are_not_utf8_are_kept_beside_an_object_that_no_sample_showed() -> None:
    raw = MemoryStore("raw")
    data = b'{"a": "\xff\xfe", "b": 1}'
    raw_object = put_object(raw, "s", exported_line(DAY, "").encode()[:-1] + data + b"\n")
    lake = MemoryStore("lake")
    result = convert_bundle(bundle_of([raw_object]), TablePlan("text", TableSchema("app")), raw, lake)
    (row,) = table_rows(result, lake)
    rescued = json.loads(row["_rescued"])
    assert base64.b64decode(rescued.pop("_raw_base64")) == data
    assert rescued == {"a": "\ufffd\ufffd", "b": 1}
    assert result.accounting.rescued_values == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"_raw_base64": "mine", "a": "?"}',
        '{"a": "?", "_raw_base64": "mine"}',
        '_raw_base64=mine a="?"',
        'INFO:root:{"_raw_base64": "mine", "a": "?"}',
    ],
)
def test_a_field_that_is_named_as_the_bytes_are_is_another_member(text: str) -> None:
    raw = MemoryStore("raw")
    data = text.encode().replace(b"?", b"\xff")
    raw_object = put_object(
        raw, "s", exported_line(DAY, "").encode()[:-1] + data + b"\n" + exported_line(DAY, text).encode()
    )
    bundle = bundle_of([raw_object])
    sample = sample_bundle(bundle, raw)
    names = choose_formats([sample])
    lake = MemoryStore("lake")
    schema = grow(
        TableSchema("app"), {(name,): InferredType(ColumnType.STRING) for name in ("a", "logger")}, sample.layouts
    )
    result = convert_bundle(bundle, TablePlan(names[0], schema), raw, lake)
    bad, good = table_rows(result, lake)
    members = json.loads(bad["_rescued"], object_pairs_hook=list)
    assert members == [("_raw_base64_field", "mine"), ("_raw_base64", base64.b64encode(data).decode())]
    assert json.loads(good["_rescued"]) == {"_raw_base64_field": "mine"}
    assert result.accounting.rescued_values == 3


def test_fields_that_share_a_name_in_what_is_rescued_are_an_array_of_both() -> None:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    raw_object = put_object(raw, "s", exported_line(DAY, "_raw_base64=1 _raw_base64_field=2"))
    result = convert_bundle(bundle_of([raw_object]), TablePlan("logfmt", TableSchema("app")), raw, lake)
    (row,) = table_rows(result, lake)
    assert (json.loads(row["_rescued"]), result.accounting.rescued_values) == ({"_raw_base64_field": ["1", "2"]}, 2)


@pytest.mark.parametrize(
    ("value", "rescued"), [("7" * 5000, 1), ("[" * 20_000 + "]" * 20_000, 0)], ids=["long", "too deep: plain text"]
)
def test_values_that_python_does_not_read_stop_nothing(value: str, rescued: int) -> None:
    raw = MemoryStore("raw")
    raw_object = put_object(raw, "s", exported_line(DAY, '{"n": 1}') + exported_line(DAY, f'{{"n": {value}}}'))
    plan = TablePlan("json", grow(TableSchema("app"), {("n",): InferredType(ColumnType.BIGINT)}))
    result = convert_bundle(bundle_of([raw_object]), plan, raw, MemoryStore("lake"))
    assert result.accounting == Accounting(events_in=2, rows_out=2, rescued_values=rescued)
