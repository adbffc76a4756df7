"""Random JSON: the fast path gives the same as the exact path and as Python's parser."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence, Set
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow, whole_paths
from loglake.kernels.json import fit, fit_alike, infer_types, typed
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.fit_rows import RowFitter, infer_and_pick_rows
from loglake.kernels.json.infer_types import infer_and_pick

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module", autouse=True)
def _small_pieces() -> Iterator[None]:
    """Batches are halved down to a few events, as large ones are to many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "SMALL", 2)
        patch.setattr(infer_types, "SMALL", 2)
        patch.setattr(infer_types, "HEAD", 2)
        patch.setattr(typed, "HEAD", 2)
        patch.setattr(fit_alike, "FEW", 1)
        patch.setattr(fit_alike, "SAMPLED", 1)
        patch.setattr(fit_alike, "LEAST_SHARE", 0.0)
        yield


# Random JSON, written in ways that parsers disagree about.
keys = st.sampled_from(["a", "b", "c", "tags", "a.b", "", "caf\u00e9", "A", '"', "\\"])
NUMBERS = """
    0 -0 1 -1 1.0 1.5 -2.50 1e3 1E-3 1e400 1e-400 1e22 9007199254740992 9007199254740993 9223372036854775807
    9223372036854775808 0.1 0.1234567890123456 0.30000000000000004 0.12345678901234567890 123456789.123456789
    1699965296 1699965296789 12345678.12345678 123456789012345678e-2 0.0 0e0 1.5e001 5e-324 2.5e-308
"""
number_texts = st.sampled_from(NUMBERS.split()) | st.floats(allow_nan=False, allow_infinity=False).map(repr)
string_texts = st.sampled_from(
    [
        '"x"',
        '""',
        '"2023-11-14T12:34:56.789Z"',
        '"2023-02-30T00:00:00Z"',
        '"1"',
        '"]"',
        '"\\""',
        '"\\ud800"',
        '"\\u0061"',
    ]
) | st.text(max_size=4).map(json.dumps)
scalar_texts = number_texts | string_texts | st.sampled_from(["true", "false", "null"])
spaces = st.sampled_from(["", "", " ", "\n"])


def _object(members: list[tuple[str, str]], space: str) -> str:
    return "{" + ("," + space).join(f"{json.dumps(key)}{space}:{space}{value}" for key, value in members) + space + "}"


def _containers(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    arrays = st.builds(lambda items, space: "[" + ("," + space).join(items) + "]", st.lists(values, max_size=3), spaces)
    return arrays | st.builds(_object, st.lists(st.tuples(keys, values), max_size=3), spaces)


value_texts = st.recursive(scalar_texts, _containers, max_leaves=8)
json_events = st.builds(_object, st.lists(st.tuples(keys, value_texts), max_size=5), spaces)
broken = st.sampled_from(
    ['{"a":NaN}', '{"a":-Infinity}', '{"a":1}{"b":2}', '{"a"}', '{"tags":[NaN]}', '{"a":1}}', "{[}"]
)

plain_texts = scalar_texts.filter(lambda text: "\\" not in text)
alike = st.tuples(st.lists(st.sampled_from("abc\u00e9A"), min_size=1, max_size=4, unique=True), spaces).flatmap(
    lambda shape: st.lists(
        st.lists(plain_texts, min_size=len(shape[0]), max_size=len(shape[0])).map(
            lambda values: _object([*zip(shape[0], values), ("b.c", _object([(".", values[0])], shape[1]))], shape[1])
        ),
        max_size=24,
    )
)
"""Objects that differ in their values alone."""

mixed = st.lists(json_events, min_size=1, max_size=6).flatmap(
    lambda texts: st.lists(st.sampled_from(texts) | st.sampled_from(texts) | json_events | broken, max_size=24)
)
batches = mixed | alike
PICKS = (("a",), ("b",), ("a", "b"))


def _schema_for(texts: Sequence[str], hints: dict[FieldPath, ColumnType], drop: int) -> TableSchema:
    inferred: dict[FieldPath, InferredType] = infer_and_pick_rows(texts, ())[0]
    kept = {path: seen for index, (path, seen) in enumerate(inferred.items()) if drop == 0 or index % drop}
    kept.update({path: InferredType(kind) for path, kind in hints.items()})
    return grow(TableSchema("t"), kept)


@settings(max_examples=400, deadline=None)
@given(
    texts=batches,
    hints=st.dictionaries(st.sampled_from(PICKS), st.sampled_from(ColumnType), max_size=2),
    drop=st.sampled_from([0, 0, 2, 3]),
    sample=st.integers(0, 24),
)
@example(texts=['{"t\\u0061gs":["x"],"b":{"tags":["y"]}}'], hints={}, drop=0, sample=24)
@example(texts=['{"b":{"a":0.1},"a":0.1000000000000000055}'], hints={}, drop=0, sample=24)
@example(texts=['{"a":"\\"tags\\":[1]","tags":[2]}'], hints={}, drop=0, sample=24)
@example(texts=['{"a":-0}', '{"a":0}', '{"a":[-0]}'], hints={("a",): ColumnType.STRING}, drop=0, sample=0)
@example(texts=['{"a":7,"b":1e2}', '{"a":true,"b":2}'], hints={("a",): ColumnType.STRING}, drop=0, sample=0)
def test_the_fast_path_is_the_exact_path(
    texts: list[str], hints: dict[FieldPath, ColumnType], drop: int, sample: int
) -> None:
    schema = _schema_for(texts[:sample], hints, drop)
    fitted = Fitter(schema, PICKS).fit(pa.array(texts, pa.string()))
    rows = [RowFitter(schema, PICKS).fit(text) for text in texts]
    assert fitted.valid.to_pylist() == [row.valid for row in rows]
    for index, column in enumerate(schema.columns):
        values = fitted.columns[index]
        held = values.cast(pa.int64()) if column.type is ColumnType.TIMESTAMP else values
        assert list(map(repr, held.to_pylist())) == [repr(row.values[index]) for row in rows], column
    assert fitted.rescued.to_pylist() == [row.rescued for row in rows]
    assert fitted.rescued_values == sum(row.rescued_values for row in rows)
    assert [column.to_pylist() for column in fitted.picked] == [
        list(texts) for texts in zip(*(row.picked for row in rows))
    ] or (not texts)


@settings(max_examples=100, deadline=None)
@given(before=batches, texts=batches)
def test_what_was_fitted_before_changes_nothing(before: list[str], texts: list[str]) -> None:
    schema = _schema_for(texts, {}, 0)
    fitter = Fitter(schema, PICKS)
    fitter.fit(pa.array(before, pa.string()))
    again, alone = fitter.fit(pa.array(texts, pa.string())), Fitter(schema, PICKS).fit(pa.array(texts, pa.string()))
    assert list(map(str, again.columns)) == list(map(str, alone.columns))
    assert list(map(str, again.picked)) == list(map(str, alone.picked))
    assert (str(again.rescued), str(again.valid)) == (str(alone.rescued), str(alone.valid))


@settings(max_examples=300, deadline=None)
@given(texts=batches)
def test_the_fast_observation_is_the_exact_one(texts: list[str]) -> None:
    types, picked = infer_and_pick(pa.array(texts, pa.string()), PICKS)
    exact, rows = infer_and_pick_rows(texts, PICKS)
    assert types == exact
    assert [column.to_pylist() for column in picked] == [[row[index] for row in rows] for index in range(len(PICKS))]


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(json_events, max_size=12))
def test_no_value_is_lost(texts: list[str]) -> None:
    """An oracle of its own: Python's parser with exact numbers, over values and rescued values together."""
    schema = grow(TableSchema("t"), infer_and_pick_rows(texts[::2], ())[0])
    fitted = Fitter(schema).fit(pa.array(texts, pa.string()))
    for index, text in enumerate(texts):
        held = {column.path: fitted.columns[number][index].as_py() for number, column in enumerate(schema.columns)}
        rescued = fitted.rescued[index].as_py()
        for path, value in _leaves(_read(text), (), whole_paths(schema.columns)):
            kept = held.get(path)
            if kept is None:
                assert rescued is not None, (path, value)
                assert ".".join(path) in json.loads(rescued)
            elif isinstance(value, (int, Decimal)) and not isinstance(kept, (str, bool)):
                assert Decimal(repr(kept)) == value
            elif isinstance(value, str):
                assert kept == value
            elif isinstance(value, (dict, list)):
                assert _read(str(kept)) == value


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_last)


def _last(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(pairs)


def _leaves(value: Any, path: FieldPath, whole: Set[FieldPath]) -> list[tuple[FieldPath, Any]]:
    if isinstance(value, dict) and len(path) < 5 and path not in whole:
        return [leaf for key, member in value.items() for leaf in _leaves(member, (*path, key), whole)]
    return [(path, value)] if value not in (None, {}) else []
