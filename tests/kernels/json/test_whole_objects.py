"""Objects with too many keys for columns are one column of JSON text, whatever the batches are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loglake.core.schema import schema as schemas
from loglake.core.schema.schema import Column, ColumnType, TableSchema, grow, join_types, whole_paths
from loglake.kernels import crowded
from loglake.kernels.json import fit, infer_types
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.fit_rows import RowFitter
from loglake.kernels.json.fitted import Fitted
from loglake.kernels.json.infer_types import infer_and_pick, infer_json_types

pytestmark = pytest.mark.unit

SCHEMA = TableSchema(
    "t",
    1,
    (
        Column("by_user", ("by_user",), ColumnType.STRING, json=True),
        Column("n", ("n",), ColumnType.BIGINT),
        Column("user_tags", ("user", "tags"), ColumnType.STRING, json=True),
        Column("user_name", ("user", "name"), ColumnType.STRING),
    ),
)
PICKS = (("by_user",), ("n",), ("message",))

keys = st.sampled_from(["by_user", "tags", "user", "n", "a}", '"', "by_\\user", "{", "\\", "caf\u00e9", "", "x y"])
scalars = st.sampled_from(
    ["1", "-0", "1.50", "1e400", "true", "null", '"a"', '"}"', '"{"', '"\\"by_user\\":{"', '"\\u007d"', '""', '"{}"']
)
spaces = st.sampled_from(["", "", "", " ", "\n"])


def _object(members: Sequence[tuple[str, str]], space: str) -> str:
    return "{" + ",".join(f"{json.dumps(key)}{space}:{space}{value}" for key, value in members) + space + "}"


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.builds(lambda items: f"[{','.join(items)}]", st.lists(values, max_size=3))
    return lists | st.builds(_object, st.lists(st.tuples(keys, values), max_size=3), spaces)


values = st.recursive(scalars, _containers, max_leaves=6)
objects = st.builds(_object, st.lists(st.tuples(keys, values), max_size=4), spaces)
known = st.tuples(st.sampled_from(["by_user", "user", "n"]), objects | values)
broken = st.sampled_from(['{"by_user":{"a":NaN}}', '{"by_user":{"a":01}}', '{"by_user":{"a":1,}}', '{"by_user":{"a"}}'])
events = st.builds(_object, st.lists(known | st.tuples(keys, values), max_size=4), spaces) | broken
batches = st.lists(events, min_size=1, max_size=24)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Few events and keys are as many to the code as very many are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crowded, "MOST_CELLS", 20)
        patch.setattr(fit, "SMALL", 3)
        patch.setattr(infer_types, "SMALL", 3)
        patch.setattr(infer_types, "HEAD", 4)
        patch.setattr(schemas, "MAX_KEYS", 3)
        patch.setattr(infer_types, "MAX_KEYS", 3)
        yield


def _shown(fitted: Fitted) -> list[object]:
    arrays = (*fitted.columns, fitted.rescued, *fitted.picked, fitted.valid)
    return [*(array.to_pylist() for array in arrays), fitted.rescued_values]


@settings(max_examples=400, deadline=None)
@given(texts=batches, before=batches)
@example(texts=['{"by_user":{"a":null}}'], before=['{"by_user":{"a":1}}'])
@example(texts=['{"by_user":{ }}'], before=['{"by_user":{"a":1}}'])
@example(texts=['{"by_user":{"a":"}"}', '{"by_user":{"b":{"c":2}}}'], before=['{"by_user":{"a":1}}'])
@example(texts=['{"x":{"by_user":{"a":1}}}', '{"by_user":{"b":2}}'], before=['{"by_user":{"a":1}}'])
@example(texts=['{"by\\u005fuser":{"a":1}}'], before=['{"by_user":{"a":1}}'])
@example(texts=['{"by_user":{"a":1},"by_user":"{}"}'], before=['{"by_user":{"a":1}}'])
def test_fitting_many_events_is_fitting_each(texts: list[str], before: list[str]) -> None:
    fitter = Fitter(SCHEMA, PICKS)
    fitter.fit(pa.array(before, pa.string()))
    rows = [RowFitter(SCHEMA, PICKS).fit(text) for text in texts]
    columns = [[row.values[index] for row in rows] for index in range(len(SCHEMA.columns))]
    picked = [[row.picked[index] for row in rows] for index in range(len(PICKS))]

    for each in (fitter, Fitter(SCHEMA, PICKS)):
        found = _shown(each.fit(pa.array(texts, pa.string())))
        rescued, valid = [row.rescued for row in rows], [row.valid for row in rows]
        assert found == [*columns, rescued, *picked, valid, sum(row.rescued_values for row in rows)]


@settings(max_examples=300, deadline=None)
@given(texts=batches, cuts=st.lists(st.integers(0, 24), max_size=4))
def test_the_columns_do_not_depend_on_the_batches(texts: list[str], cuts: list[int]) -> None:
    bounds = sorted({0, len(texts), *(cut for cut in cuts if cut < len(texts))})
    parts = [infer_json_types(pa.array(texts[start:end], pa.string())) for start, end in pairwise(bounds)]

    whole = grow(TableSchema("t"), infer_json_types(pa.array(texts, pa.string())))
    cut = grow(TableSchema("t"), join_types(parts))

    assert {each.path: (each.type, each.json) for each in whole.columns} == {
        each.path: (each.type, each.json) for each in cut.columns
    }


@settings(max_examples=200, deadline=None)
@given(texts=batches)
def test_texts_are_picked_from_crowded_events_as_from_others(texts: list[str]) -> None:
    _, picked = infer_and_pick(pa.array(texts, pa.string()), PICKS)
    rows = [RowFitter(TableSchema("t"), PICKS).fit(text) for text in texts]
    assert [column.to_pylist() for column in picked] == [[row.picked[at] for row in rows] for at in range(len(PICKS))]


def test_an_object_with_a_key_of_each_event_is_one_column_of_its_text() -> None:
    texts = [f'{{"by_user": {{"user-{number}": {number}}}, "n": {number}}}' for number in range(500)]
    raw = pa.array(texts, pa.string())

    schema = grow(TableSchema("t"), infer_json_types(raw))
    fitted = Fitter(schema).fit(raw)

    assert [(each.name, each.type, each.json) for each in schema.columns] == [
        ("by_user", ColumnType.STRING, True),
        ("n", ColumnType.BIGINT, False),
    ]
    assert fitted.columns[0].to_pylist() == [f'{{"user-{number}": {number}}}' for number in range(500)]
    assert fitted.rescued_values == 0


def test_a_key_is_found_however_its_slash_is_written() -> None:
    schema = TableSchema("t", 1, (Column("a_b", ("a/b",), ColumnType.STRING, json=True),))
    texts = ['{"a/b":{"x":1}}'] * 9 + ['{"a\\/b":{"x":2}}']

    fitted = Fitter(schema).fit(pa.array(texts, pa.string()))

    assert fitted.columns[0].to_pylist() == ['{"x":1}'] * 9 + ['{"x":2}']
    assert fitted.rescued_values == 0


def test_many_objects_with_many_fields_are_one_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infer_types, "MOST_FIELDS", 9)
    monkeypatch.setattr(infer_types, "MAX_COLUMNS", 5)
    texts = [f'{{"by_user":{{"user-{number}":{{"a":1,"b":2,"c":3}}}}}}' for number in range(9)]

    schema = grow(TableSchema("t"), infer_json_types(pa.array(texts, pa.string())))

    assert [each.path for each in schema.columns] == [("by_user",)]


def test_a_later_object_with_few_keys_stays_whole() -> None:
    first = grow(TableSchema("t"), infer_json_types(pa.array([f'{{"by_user":{{"u{at}":1}}}}' for at in range(9)])))
    assert grow(first, infer_json_types(pa.array(['{"by_user":{"new":"x"}}']))) is first


def test_columns_that_are_there_keep_their_values() -> None:
    first = grow(TableSchema("t"), infer_json_types(pa.array(['{"by_user":{"a":1}}'])))
    raw = pa.array([f'{{"by_user":{{"a":{at},"u{at}":1}}}}' for at in range(9)])

    later = grow(first, infer_json_types(raw))
    fitted = Fitter(later).fit(raw)

    assert not whole_paths(later.columns)
    assert fitted.columns[0].to_pylist() == list(range(9))
