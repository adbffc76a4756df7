from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pytest

from loglake.core.schema.schema import (
    Column,
    ColumnType,
    FieldPath,
    InferredType,
    TableSchema,
    column_name,
    grow,
    join_types,
)
from loglake.kernels.json import fit, fit_alike, infer_types, typed
from loglake.kernels.json.fit import Fitter
from loglake.kernels.json.fit_rows import FittedRow, RowFitter
from loglake.kernels.json.fitted import Fitted
from loglake.kernels.json.infer_types import infer_json_types

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


B, D, S, L, T = (
    ColumnType.BIGINT,
    ColumnType.DOUBLE,
    ColumnType.STRING,
    ColumnType.BOOLEAN,
    ColumnType.TIMESTAMP,
)


def _schema(columns: dict[FieldPath, ColumnType], json_paths: Sequence[FieldPath] = ()) -> TableSchema:
    taken: set[str] = set()
    made = []
    for path, kind in columns.items():
        name = column_name(path, taken)
        taken.add(name)
        made.append(Column(name, path, kind, path in json_paths))
    return TableSchema("t", 1, tuple(made))


def _fit(texts: Sequence[str], schema: TableSchema, picks: Sequence[FieldPath] = ()) -> Fitted:
    return Fitter(schema, picks).fit(pa.array(texts, pa.string()))


def _one(value: str, kind: ColumnType, *, json: bool = False) -> tuple[object, str | None]:
    schema = _schema({("a",): kind}, [("a",)] if json else [])
    fitted = _fit([f'{{"a": {value}}}'], schema)
    assert fitted.valid.to_pylist() == [True]
    column = fitted.columns[0]
    held = column.cast(pa.int64()) if kind is T else column
    return held.to_pylist()[0], fitted.rescued.to_pylist()[0]


@pytest.mark.parametrize(
    ("kind", "value", "held"),
    [
        (B, "1", 1),
        (B, "-9223372036854775808", -(2**63)),
        (B, "9223372036854775807", 2**63 - 1),
        (B, "-0", 0),
        (D, "1.5", 1.5),
        (D, "1", 1.0),
        (D, "9007199254740992", 2.0**53),
        (D, "0.30000000000000004", 0.1 + 0.2),
        (D, "1.50", 1.5),
        (D, "1e300", 1e300),
        (D, "5e-324", 5e-324),
        (L, "true", True),
        (L, "false", False),
        (S, '"caf\\u00e9"', "caf\u00e9"),
        (S, '""', ""),
        (S, "1.10", "1.10"),
        (S, "12345678901234567890", "12345678901234567890"),
        (S, "true", "true"),
        (S, '[1, "a",  null]', '[1, "a",  null]'),
        (S, "{}", "{}"),
        (T, '"2023-11-14T12:34:56.789Z"', 1699965296789000),
        (T, '"2023-11-14 12:34:56.789123+01:00"', 1699961696789123),
        (T, '"2023-11-14"', 1699920000000000),
        (T, "1699965296", 1699965296000000),
        (T, "1699965296789", 1699965296789000),
        (T, "1699965296.789", 1699965296789000),
        (T, "1699965296789123456000", None),
        (T, "1699965296789123000", 1699965296789123),
    ],
)
def test_what_fits(kind: ColumnType, value: str, held: object) -> None:
    assert _one(value, kind) == (held, None if held is not None else f'{{"a":{value}}}')


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[(B, value) for value in ["1.5", "1.0", "1e3", "9223372036854775808", "true", '"1"', "[1]", "{}"]],
        *[(D, value) for value in ["9007199254740993", "-9007199254740993", "1e400", "1e-400", "true", '"1.5"', "[]"]],
        *[(D, value) for value in ["0.1234567890123456789", "12345678901234567890", "9" * 400]],
        # Exponents beyond those of decimal's default context, and beyond all that it has.
        *[(kind, value) for kind in (D, T) for value in ["1e9999999", "1e-9999999", "1e-99999999999999999999"]],
        *[(L, value) for value in ["1", '"true"', "0", "[true]", "{}"]],
        *[(T, value) for value in ['"yesterday"', '"2023-13-14"', '"2023-11-14T12:34:56.123456789Z"', "true", "[]"]],
        (S, '"\\ud800"'),
    ],
)
def test_what_does_not_fit_is_null_and_rescued_as_it_was(kind: ColumnType, value: str) -> None:
    assert _one(value, kind) == (None, f'{{"a":{value}}}')


def test_null_is_null_and_not_rescued() -> None:
    for kind in ColumnType:
        assert _one("null", kind) == (None, None)


def test_arrays_and_deep_objects_are_their_own_text() -> None:
    assert _one('[1.10, {"b":"]"} ]', S, json=True) == ('[1.10, {"b":"]"} ]', None)
    assert _one("[[1],[2]]", S, json=True) == ("[[1],[2]]", None)
    assert _one('"text"', S, json=True) == ("text", None)
    deep = '{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}'
    assert infer_json_types(pa.array([deep])) == {("a", "b", "c", "d", "e"): InferredType(S, json=True)}
    schema = grow(TableSchema("t"), infer_json_types(pa.array([deep])))
    assert _fit([deep], schema).columns[0].to_pylist() == ['{"f":1}']


@pytest.mark.parametrize(
    "text",
    [
        '{"tags": [1, 2], "more": {"tags": [3]}}',
        '{"more": {"tags": [3]}, "tags": [1, 2]}',
        '{"more": [{"tags": [3]}], "tags": [1, 2]}',
        '{"more": {"a": {"b": {"c": {"d": {"tags": [3]}}}}}, "tags": [1, 2]}',
        r'{"more": "{\"tags\": [3]}", "tags": [1, 2]}',
        r'{"ta\u0067s": [1, 2], "more": {"x": "tags"}}',
        r'{"more": {"ta\u0067s": [3]}, "tags": [1, 2]}',
    ],
)
def test_an_array_is_that_of_its_path_though_another_has_its_key(text: str) -> None:
    fitted = _fit([text] * 50, _schema({("tags",): S}, [("tags",)]))
    assert fitted.columns[0].to_pylist() == ["[1, 2]"] * 50


def test_fields_without_a_column_are_rescued_under_their_path() -> None:
    schema = _schema({("user", "id"): B})
    fitted = _fit(
        [
            '{"user": {"id": 1, "name": "n"}, "x": [1, 2.50], "y": {"z": null, "w": {}}}',
            '{"user": {"id": 2}}',
            '{"user": 5}',
            '{"user": {}}',
        ],
        schema,
    )
    assert fitted.columns[0].to_pylist() == [1, 2, None, None]
    assert fitted.rescued.to_pylist() == ['{"user.name":"n","x":[1, 2.50]}', None, '{"user":5}', None]
    assert fitted.rescued_values == 3


def test_the_last_of_several_values_at_one_path_wins_and_the_others_are_rescued() -> None:
    fitted = _fit(['{"a": 1, "a": "x", "a": 2}', '{"a": 1, "a": null}', '{"a": 3}'], _schema({("a",): B}))
    assert fitted.columns[0].to_pylist() == [2, None, 3]
    assert fitted.rescued.to_pylist() == ['{"a":[1,"x"]}', '{"a":1}', None]
    assert fitted.rescued_values == 3


@pytest.mark.parametrize("kind", [B, S])
def test_an_empty_object_at_a_column_is_a_value_though_others_have_members_there(kind: ColumnType) -> None:
    tables: list[dict[FieldPath, ColumnType]] = [{("a",): kind}, {("a",): kind, ("a", "b"): B}]
    for columns in tables:
        fitted = _fit(['{"a": {}}', '{"a": {"b": 1}}', '{"a": null}', "{}"], _schema(columns))
        assert fitted.columns[0].to_pylist() == ["{}" if kind is S else None, None, None, None]
        assert fitted.rescued.to_pylist()[0] == (None if kind is S else '{"a":{}}')
        assert fitted.rescued.to_pylist()[2:] == [None, None]


@pytest.mark.parametrize(
    "text", ["{bad}", '{"a":1}{"a":2}', '{"a":NaN}', '{"a":1,}', '{"a":01}', '{"a":"\t"}', '{"a":1} {}', "{" * 9 + "}"]
)
def test_what_is_no_json_object_is_not_valid_and_leaves_its_neighbours_alone(text: str) -> None:
    fitted = _fit(['{"a":1}', text, '{"a":2.5}'], _schema({("a",): D}))
    assert fitted.valid.to_pylist() == [True, False, True]
    assert fitted.columns[0].to_pylist() == [1.0, None, 2.5]
    assert fitted.rescued.to_pylist() == [None, None, None]


def test_many_events_with_one_odd_one_keep_their_values() -> None:
    texts = [f'{{"a":{number}}}' for number in range(1_000)]
    texts[500] = '{"a":500.5}'
    fitted = _fit(texts, _schema({("a",): B}))
    assert fitted.columns[0].to_pylist() == [None if number == 500 else number for number in range(1_000)]
    assert [text for text in fitted.rescued.to_pylist() if text] == ['{"a":500.5}']


def test_pretty_printed_objects_are_objects() -> None:
    texts = [json.dumps({"a": 1, "b": {"c": [1, 2]}}, indent=2), '{"a":2}']
    schema = grow(TableSchema("t"), infer_json_types(pa.array(texts)))
    fitted = _fit(texts, schema)
    assert [column.to_pylist() for column in fitted.columns] == [[1, 2], ["[\n      1,\n      2\n    ]", None]]


def test_picks_are_strings_and_whole_numbers() -> None:
    texts = ['{"l":"info"}', '{"l":30}', '{"l":30.5}', '{"l":30.0}', '{"l":true}', '{"l":["x"]}', "{}", '{"x":{"l":1}}']
    fitted = _fit(texts, _schema({}), [("l",), ("x", "l")])
    assert fitted.picked[0].to_pylist() == ["info", "30", None, "30", None, None, None, None]
    assert fitted.picked[1].to_pylist() == [None] * 7 + ["1"]


def test_inferred_types() -> None:
    texts = [
        '{"i":1,"d":1,"m":1,"n":null,"o":{"p":"x"},"a":[1],"big":9223372036854775808,"t":"2023-11-14T12:34:56Z"}',
        '{"i":2,"d":1.5,"m":"x","n":null,"o":"scalar","a":null,"big":1,"b":true}',
    ]
    assert infer_json_types(pa.array(texts)) == {
        ("i",): InferredType(B),
        ("d",): InferredType(D),
        ("m",): InferredType(S),
        ("o", "p"): InferredType(S),
        ("a",): InferredType(S, json=True),
        ("big",): InferredType(S),
        ("t",): InferredType(S),
        ("o",): InferredType(S),
        ("b",): InferredType(L),
    }


def test_joining_types_of_halves_is_inferring_the_whole() -> None:
    texts = ['{"a":1}'] * 40 + ['{"a":"x"}'] + ['{"a":1,"b":2}'] * 40
    assert infer_json_types(pa.array(texts)) == join_types([{("a",): InferredType(S)}, {("b",): InferredType(B)}])


def test_an_empty_batch() -> None:
    assert _fit([], _schema({("a",): B})).columns[0].to_pylist() == []


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "b": {"c": "x", "d": 0.1}, "e": true, "t": "2026-11-21T08:30:00.123Z"}',
        '{"a": 0.12345678901234568, "b": -1234567890.1234567}',
        '{"a": 1.5, "ns": 1795249800123456789}',
        '{"tags": ["a", "b]"], "items": [{"n": 1}, {"n": 2.50}]}',
    ],
)
def test_usual_events_take_the_fast_path(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    raw = pa.array([text] * 50)
    schema = grow(TableSchema("t"), infer_json_types(raw))
    fitter = Fitter(schema)
    monkeypatch.setattr(RowFitter, "fit", lambda *_: pytest.fail("an event was fitted by itself"))
    assert fitter.fit(raw).rescued_values == 0


def test_whole_numbers_and_booleans_in_columns_of_text_take_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a ``timestamp`` that is text in another format's lines; then times come, which Arrow knows, and both."""
    fitter = Fitter(_schema({("t",): S, ("b",): S, ("s",): S}), [("t",)])
    number, time = '{"t": 1795249800123, "b": true, "s": "x"}', '{"t": "2026-11-21T08:30:00Z", "s": "2026-11-21"}'
    with monkeypatch.context() as patch:
        patch.setattr(RowFitter, "fit", lambda *_: pytest.fail("an event was fitted by itself"))
        of_number: list[str | None] = ["1795249800123", "true", "x"]
        of_time: list[str | None] = ["2026-11-21T08:30:00Z", None, "2026-11-21"]
        for text, held in [(number, of_number), (time, of_time), (number, of_number)]:
            fitted = fitter.fit(pa.array([text] * 50))
            assert [column.to_pylist() for column in fitted.columns] == [[each] * 50 for each in held]
            assert fitted.picked[0].to_pylist() == held[:1] * 50
    both = fitter.fit(pa.array([number, time] * 5 + ['{"t": -0}']))
    assert both.columns[0].to_pylist() == ["1795249800123", "2026-11-21T08:30:00Z"] * 5 + ["-0"]


@pytest.mark.parametrize(
    ("later", "held", "rescued"),
    [
        ('{"a": 3, "late": 0.5}', 0.5, None),
        ('{"late": 0.1000000000000000055}', None, '{"late":0.1000000000000000055}'),
        ('{"late": 1e-400}', None, '{"late":1e-400}'),
        ('{"late": "0.5"}', None, '{"late":"0.5"}'),
        ('{"late": {"a": 1}}', None, '{"late.a":1}'),
        ('{"late": {}}', None, '{"late":{}}'),
        ('{"late": [0.5]}', None, '{"late":[0.5]}'),
        ('{"late": null}', None, None),
    ],
)
def test_a_column_that_comes_up_late(later: str, held: float | None, rescued: str | None) -> None:
    fitter = Fitter(_schema({("a",): B, ("late",): D, ("b", "c"): S}))
    for texts in (['{"a": 1}'] * 5, ['{"a": 2}'] * 5 + [later]):
        fitted = fitter.fit(pa.array(texts))
    assert fitted.columns[0].to_pylist()[:5] == [2] * 5
    assert fitted.columns[1].to_pylist() == [None] * 5 + [held]
    assert fitted.rescued.to_pylist() == [None] * 5 + [rescued]


def test_an_event_of_a_late_type_alone_is_fitted_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []
    fit_row = RowFitter.fit

    def noted(self: RowFitter, text: str) -> FittedRow:
        fitted.append(text)
        return fit_row(self, text)

    monkeypatch.setattr(RowFitter, "fit", noted)
    fitter = Fitter(_schema({("a",): B, ("b", "c"): S}))
    fitter.fit(pa.array(['{"a": 1}'] * 5))
    fitter.fit(pa.array(['{"a": 1, "b": {"c": "x"}}', '{"a": 1, "b": {"d": "x"}}', '{"a": 1}']))
    assert fitted == ['{"a": 1, "b": {"d": "x"}}']


NUMBERS = """
    0.1 0.12345678 12345678.5 12345678.1234567 12345678.12345678 1234567.12345678 123456789012.5 123456789012345e-3
    1234567890123456e-3 12345678901234567e-3 12345678.12345678e2 1.5e001 1.5e-001 1e290 1e-290 1e-307 2.5e-308 5e-324
    4e-324 1e-400 0e-400 0.0 -0.0 1e308 1.7976931348623157e308 9007199254740991 9007199254740993.0 100000000000000000.5
"""


@pytest.mark.parametrize("number", NUMBERS.split())
@pytest.mark.parametrize("event", ['{"a":%s}', '{"b":[1],"a" :\n%s , "c":"1e5"}', '{"c":"12345678.12345678","a":-%s}'])
def test_a_double_holds_just_what_it_holds_exactly(number: str, event: str) -> None:
    number = number.removeprefix("-")
    schema = _schema({("a",): D, ("b",): S, ("c",): S}, [("b",)])
    texts = ['{"a":0.5}'] * 3 + [event % number] + ['{"a":12345678,"c":"x"}'] * 3
    row = RowFitter(schema, ()).fit(texts[3])
    for batch in (pa.array(texts), pa.array([event % "0.12345678901234567", *texts]).slice(1)):
        fitted = Fitter(schema).fit(batch)
        assert repr(fitted.columns[0][3].as_py()) == repr(row.values[0])
        assert fitted.rescued[3].as_py() == row.rescued
