"""A field that only repeats the envelope gets no column, and no value is lost by that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.logs.parsed import parsed_rows, schema_of

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, grow, join_types
from loglake.kernels.formats.objects.paths import LEVEL_PATHS, MESSAGE_PATHS
from loglake.kernels.formats.registry import format_of
from loglake.kernels.json import fit, infer_types

pytestmark = pytest.mark.unit

EMF = '{"_aws":{"CloudWatchMetrics":[]},'
LEVELS = ("level", "severity")
PATTERN = r"^(?P<number>\d+) (?P<level>\w+) (?P<message>.*)$"


def _columns(name: str, texts: list[str]) -> list[str]:
    return [column.name for column in schema_of(format_of(name, PATTERN), texts).columns]


@pytest.mark.parametrize("path", [path for path in MESSAGE_PATHS if len(path) == 1])
def test_the_field_that_is_the_message_needs_no_column(path: FieldPath) -> None:
    texts = [json.dumps({path[0]: text, "n": 1}) for text in ("stock is low", "paid", "2026-11-21")]
    assert _columns("json", texts) == ["n"]
    assert [row["message"] for row in parsed_rows(format_of("json"), texts)] == ["stock is low", "paid", "2026-11-21"]


@pytest.mark.parametrize("path", LEVEL_PATHS)
def test_the_field_that_is_the_level_but_for_case_needs_no_column(path: FieldPath) -> None:
    nested = [
        {path[0]: level} if len(path) == 1 else {path[0]: {path[1]: level}} for level in ("info", "Error", "WARN")
    ]
    texts = [json.dumps({**each, "n": 1}) for each in nested]
    assert _columns("json", texts) == ["n"]
    assert [row["level"] for row in parsed_rows(format_of("json"), texts)] == ["INFO", "ERROR", "WARN"]


@pytest.mark.parametrize(
    ("name", "texts", "columns"),
    [
        ("json", ['{"message": "m", "level": "info"}', '{"message": "m", "level": "warning"}'], ["level_field"]),
        ("json", ['{"msg": "m", "level": 30}'], ["level_field"]),
        ("json", ['{"message": "m", "level": " info"}'], ["level_field"]),
        ("json", ['{"message": "m", "level": "verbose info"}'], ["level_field"]),
        ("json", ['{"message": "m", "msg": "m"}'], []),
        ("json", ['{"message": "m", "msg": "other"}'], ["msg"]),
        ("json", ['{"message": "m"}', '{"message": "", "n": 1}'], ["message_field", "n"]),
        ("json", ['{"message": "m"}', '{"message": 17}'], ["message_field"]),
        ("json", ['{"message": 17}'], ["message_field"]),
        ("json", ['{"message": ["a"]}'], ["message_field"]),
        ("json", ['{"message": null, "level": null, "n": 1}'], ["n"]),
        ("json", ['{"message": {"text": "m"}}'], ["message_text"]),
        ("json", ['{"message": "m", "label": "m"}'], ["label"]),
        ("json", ['[INFO] {"message": "m", "level": "info"}'], ["timestamp"]),
        ("json", ['[ERROR] {"message": "m", "level": "warn"}'], ["timestamp", "level_field"]),
        ("regex", ['1 INFO {"message": "m", "level": "info"}'], ["number"]),
        ("regex", ['1 ERROR {"message": "m", "level": "warn"}'], ["number", "level_field"]),
        ("emf", [EMF + '"level":"warn","message":"m","n":1}'], ["aws", "n"]),
        ("emf", [EMF + '"level":"warn","message":"m"}', EMF + '"level":"warning"}'], ["aws", "level_field"]),
        ("logfmt", ["level=info msg=m n=1", 'level=ERROR msg="no stock" n=2'], ["n"]),
        ("logfmt", ["level=info msg=m n=1", "level=warning msg=m n=2"], ["level_field", "n"]),
        ("logfmt", ["msg=m event=paid", "msg=m event=m"], ["event"]),
        ("logfmt", ["at=info lvl=info n=1"], ["n"]),
        ("eks_audit", ['{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"1","stage":"s"}'],
         ["kind", "apiversion", "level_field", "auditid", "stage"]),
    ],
)  # fmt: skip
def test_one_value_that_differs_gives_the_column(name: str, texts: list[str], columns: list[str]) -> None:
    assert _columns(name, texts) == columns


def test_the_column_has_all_values_once_there_is_one() -> None:
    texts = ['{"level": "info"}', '{"level": "warning"}', '{"level": "error"}']
    rows = parsed_rows(format_of("json"), texts)
    assert [row["level_field"] for row in rows] == ["info", "warning", "error"]


def test_a_later_batch_gives_the_column_and_none_takes_it_away() -> None:
    chosen = format_of("json")
    batches = ['{"level": "info", "n": 1}'], ['{"level": "warning", "n": 1}'], ['{"level": "error", "n": 1}']
    schema, names = TableSchema("t"), []
    for batch in batches:
        schema = grow(schema, chosen.infer_types(pa.array(batch)))
        names.append([column.name for column in schema.columns])
    assert names == [["n"], ["n", "level_field"], ["n", "level_field"]]
    again = [row.get("level_field") for batch in batches for row in parsed_rows(chosen, batch, schema)]
    assert again == ["info", "warning", "error"]  # as a settled pass reads the same events


@pytest.mark.parametrize(
    ("name", "text", "rescued"),
    [
        ("json", '{"message": "m", "msg": "o\\u0074her", "level": "warning", "n": 1}',
         '{"msg":"o\\u0074her","level":"warning","n":1}'),
        ("json", '{"message": "m", "level": "Warn"}', None),
        ("json", '{"message": "", "level": "Warn"}', '{"message":""}'),
        ("json", '{"message": 17, "level": 40}', '{"message":17,"level":40}'),
        ("json", '{"message": "a", "message": "b", "level": "x", "level": "info"}', '{"message":"a","level":"x"}'),
        ("json", '{"message": "a", "msg": "a", "msg": "b", "n": 1.50}', '{"msg":["a","b"],"n":1.50}'),
        ("json", '{"message": "\\ud800", "level": "info"}', '{"message":"\\ud800"}'),
        ("json", '[ERROR] {"message": "m", "level": "warn"}', '{"level":"warn"}'),
        ("json", '[INFO] {"message": "m", "level": "info"}', None),
        ("logfmt", "level=warning msg=m event=paid", '{"level":"warning","event":"paid"}'),
        ("logfmt", "level=Warn msg=m", None),
    ],
)  # fmt: skip
def test_what_a_sample_did_not_show_is_rescued_unless_it_repeats(name: str, text: str, rescued: str | None) -> None:
    chosen = format_of(name)
    (row,) = parsed_rows(chosen, [text], TableSchema("t"))
    assert row.get("_rescued") == rescued
    parsed = chosen.parser(TableSchema("t"))(pa.array([text, '{"message": "m"}'] * 3))
    values = json.loads(rescued or "{}").values()
    assert parsed.rescued_values == 3 * sum(len(each) if isinstance(each, list) else 1 for each in values)
    assert parsed.rescued.to_pylist() == [rescued, None] * 3


def test_a_type_that_a_person_fixed_is_a_column() -> None:
    seen = format_of("json").infer_types(pa.array(['{"message": "m", "level": "info"}']))
    fixed = {**seen, ("level",): InferredType(seen[("level",)].type)}
    assert [column.name for column in grow(TableSchema("t"), fixed).columns] == ["level_field"]


@pytest.fixture
def _small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "SMALL", 2)
        patch.setattr(infer_types, "SMALL", 2)
        yield


_WORDS = st.sampled_from(["m", "m", "info", "INFO", "warning", "", "2026-11-21", "\u00e9"])
_VALUES = _WORDS | st.sampled_from([17, 30, 1.5, True, None, ["m"]])
_KEYS = st.sampled_from(["message", "msg", "event", "level", "severity", "a"])
_EVENTS = st.dictionaries(_KEYS, _VALUES, max_size=5) | st.dictionaries(_KEYS, _WORDS, max_size=3)


@pytest.mark.usefixtures("_small_pieces")
@settings(deadline=None, max_examples=60)
@given(st.lists(_EVENTS, min_size=1, max_size=12), st.sampled_from([1, 2, 4, 100]), st.sampled_from(["", "[WARN] "]))
def test_each_value_is_in_its_column_or_the_envelope_or_rescued(
    events: list[dict[str, Any]], every: int, prefix: str
) -> None:
    chosen = format_of("json")
    texts = [prefix + json.dumps(each) for each in events]
    schema = schema_of(chosen, texts[::every])
    parsed = chosen.parser(schema)(pa.array(texts))
    rows = parsed_rows(chosen, texts, schema)
    assert rows == [parsed_rows(chosen, [text], schema)[0] for text in texts]
    paths = {column.path[0]: column.name for column in schema.columns}
    found = 0
    for row, each in zip(rows, events):
        rescued = json.loads(row.get("_rescued", "{}"))
        found += len(rescued)
        for name, value in each.items():
            if value is None:
                continue
            is_rescued = name in rescued and rescued[name] == value
            if name in paths:
                assert (paths[name] in row) is not is_rescued, (name, value, row)
                continue
            envelope, text = (row.get("level"), str(value).upper()) if name in LEVELS else (row.get("message"), value)
            assert (isinstance(value, str) and name != "a" and envelope == text) is not is_rescued, (name, value, row)
    assert parsed.rescued_values == found


@pytest.mark.usefixtures("_small_pieces")
@settings(deadline=None, max_examples=60)
@given(st.lists(_EVENTS, min_size=1, max_size=12), st.integers(0, 12))
def test_the_columns_do_not_depend_on_how_events_are_batched(events: list[dict[str, Any]], cut: int) -> None:
    texts = [json.dumps(each) for each in events]
    whole = format_of("json").infer_types(pa.array(texts))
    parts = [format_of("json").infer_types(pa.array(part, pa.string())) for part in (texts[:cut], texts[cut:])]
    assert join_types(parts) == whole
    grown = TableSchema("t")
    for part in parts:
        grown = grow(grown, part)
    assert {column.path for column in grown.columns} == {path for path, seen in whole.items() if not seen.repeats}
