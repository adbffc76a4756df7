"""The type lattice, column names, and schemas that only gain columns."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loglake.core.schema.schema import (
    MAX_COLUMNS,
    MAX_KEYS,
    PAIRS_PATH,
    RESERVED,
    Column,
    ColumnType,
    FieldPath,
    InferredType,
    TableSchema,
    column_name,
    grow,
    join,
    join_types,
    retype,
    retyped,
    whole_paths,
)
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

STRING = ColumnType.STRING
TYPES = st.sampled_from(ColumnType)
PATHS = st.lists(st.text(max_size=8), min_size=1, max_size=3).map(tuple)
INFERRED = st.dictionaries(PATHS, st.builds(InferredType, TYPES, st.booleans()), max_size=12)


def test_glue_types_are_those_of_the_envelope_then_of_columns_and_of_what_follows_them() -> None:
    schema = TableSchema(
        "shop", 1, (Column("status", ("status",), ColumnType.BIGINT), Column("user", ("user",), STRING))
    )
    kinds = schema.glue_types()
    assert (kinds["event_time"], kinds["message"], kinds["status"], kinds["user"]) == (
        *("timestamp", "string"),
        *("bigint", "string"),
    )
    names = [*kinds]
    assert names.index("event_time") < names.index("status") < names.index("_rescued")


@given(TYPES, TYPES, TYPES)
def test_join_is_a_lattice_join(a: ColumnType, b: ColumnType, c: ColumnType) -> None:
    assert join(a, a) is a
    assert join(a, b) is join(b, a)
    assert join(join(a, b), c) is join(a, join(b, c))
    assert join(a, ColumnType.STRING) is ColumnType.STRING


def test_a_field_repeats_the_envelope_only_as_long_as_every_sample_says_so() -> None:
    path, repeats, differs = ("level",), InferredType(STRING, repeats=True), InferredType(STRING)
    assert repeats.join(repeats) == repeats
    assert repeats.join(differs) == differs.join(repeats) == differs
    empty = TableSchema("t")
    assert grow(empty, {path: repeats}) is empty
    grown = grow(empty, {path: differs})
    assert [column.name for column in grown.columns] == ["level_field"]
    assert grow(grown, {path: repeats}) is grown


def test_integers_and_doubles_join_to_double() -> None:
    assert join(ColumnType.BIGINT, ColumnType.DOUBLE) is ColumnType.DOUBLE
    assert join(ColumnType.BIGINT, ColumnType.BOOLEAN) is ColumnType.STRING


@given(st.lists(INFERRED, max_size=4))
@example([{path: InferredType(ColumnType.BOOLEAN) for path in [("",), ("", "", ""), ("", "\x00")]}])
def test_a_schema_keeps_every_column_as_it_was(batches: list[dict[FieldPath, InferredType]]) -> None:
    schema = TableSchema("t")
    for batch in batches:
        grown = grow(schema, batch)
        assert grown.columns[: len(schema.columns)] == schema.columns
        whole = whole_paths(schema.columns)  # what they hold gets no columns of its own
        held = {path for path in batch if any(path[:length] in whole for length in range(1, len(path)))}
        assert set(batch) - held <= set(grown.by_path())
        assert not held & (set(grown.by_path()) - set(schema.by_path()))
        assert grown.version == schema.version + (grown is not schema)
        assert grow(grown, batch) is grown
        assert TableSchema.from_json(grown.to_json()) == grown
        schema = grown


@given(PATHS)
def test_column_names_are_safe_for_athena(path: FieldPath) -> None:
    name = column_name(path)
    assert re.fullmatch(r"[a-z_][a-z0-9_]*", name)
    assert name not in RESERVED


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("user", "id"), "user_id"),
        (("User Agent",), "user_agent"),
        (("level",), "level_field"),
        (("dt",), "dt_field"),
        (PAIRS_PATH, "_pairs"),
        (("_pairs", "x"), "pairs_x"),
        (("2xx",), "f_2xx"),
        (("ключ",), "field"),
    ],
)
def test_column_names_can_be_read(path: FieldPath, expected: str) -> None:
    assert column_name(path) == expected


def test_fields_whose_names_clash_get_columns_of_their_own() -> None:
    seen = InferredType(ColumnType.STRING)
    schema = grow(TableSchema("t"), {("userId",): seen, ("userid",): seen, ("user_id",): seen, ("user", "id"): seen})
    assert [column.name for column in schema.columns] == ["userid", "userid_2", "user_id", "user_user_id"]


def test_the_shortest_path_gets_the_name_and_later_ones_never_take_it_away() -> None:
    seen = InferredType(ColumnType.STRING)
    first = grow(TableSchema("t"), {("http", "user", "id"): seen, ("http_user", "id"): seen, ("level",): seen})
    assert [column.name for column in first.columns] == ["user_http_user_id", "http_user_id", "level_field"]
    more: dict[FieldPath, InferredType] = {("http_user_id",): seen, ("LEVEL",): seen, ("http", "user_id"): seen}
    names = [column.name for column in grow(first, more).columns]
    assert names[:3] == ["user_http_user_id", "http_user_id", "level_field"]
    assert names[3:] == ["http_user_id_2", "level_field_2", "http_http_user_id"]


def test_a_table_has_at_most_500_columns() -> None:
    inferred: dict[FieldPath, InferredType] = {
        (f"f{number}",): InferredType(ColumnType.BIGINT) for number in range(MAX_COLUMNS + 50)
    }
    assert len(grow(TableSchema("t"), inferred).columns) == MAX_COLUMNS


def test_a_field_whose_name_is_a_document_gets_no_column() -> None:
    seen = InferredType(ColumnType.STRING)
    schema = grow(TableSchema("t"), {("x" * 300,): seen, ("a", "é" * 200): seen, ("short",): seen})
    assert [column.path for column in schema.columns] == [("short",)]


def test_a_schema_stays_below_what_the_ledger_can_store() -> None:
    paths: list[FieldPath] = [(f"{number:03d}" + "é" * 120,) for number in range(MAX_COLUMNS)]
    schema = grow(TableSchema("t"), dict.fromkeys(paths, InferredType(ColumnType.STRING)))
    assert 100 < len(schema.columns) < MAX_COLUMNS
    assert len(json.dumps(schema.to_json())) < 400_000


def test_observations_join_field_by_field() -> None:
    merged = join_types(
        [
            {("a",): InferredType(ColumnType.BIGINT), ("b",): InferredType(ColumnType.STRING, json=True)},
            {("a",): InferredType(ColumnType.DOUBLE), ("c",): InferredType(ColumnType.BOOLEAN)},
        ]
    )
    assert merged == {
        ("a",): InferredType(ColumnType.DOUBLE),
        ("b",): InferredType(ColumnType.STRING, json=True),
        ("c",): InferredType(ColumnType.BOOLEAN),
    }


@pytest.mark.parametrize("names", [("a", "a"), ("dt",), ("raw",)])
def test_a_schema_refuses_names_that_would_break_the_table(names: tuple[str, ...]) -> None:
    columns = tuple(Column(name, (str(i),), ColumnType.STRING) for i, name in enumerate(names))
    with pytest.raises(ValueError, match="unique and not reserved"):
        TableSchema("t", 1, columns)


LIST = Column("tags", ("tags",), ColumnType.STRING, json=True)
BEFORE = TableSchema("app", 3, (Column("n", ("n",), ColumnType.BIGINT), LIST))


def test_a_column_is_retyped_in_the_next_version() -> None:
    after = retype(BEFORE, "n", ColumnType.DOUBLE)
    assert after == TableSchema("app", 4, (Column("n", ("n",), ColumnType.DOUBLE), LIST))
    assert retyped(BEFORE, after) == ["n"]
    assert retyped(BEFORE, BEFORE) == []
    assert retyped(after, TableSchema("app", 5)) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("raw", "no column raw of its own"), ("n", "n of app is bigint already"), ("tags", "holds arrays or objects")],
)
def test_what_cant_be_retyped(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        retype(BEFORE, name, ColumnType.BIGINT)


def test_an_object_with_too_many_keys_is_one_column_of_json_text_from_then_on() -> None:
    users: dict[FieldPath, InferredType] = {
        ("by_user", str(number)): InferredType(ColumnType.BIGINT) for number in range(MAX_KEYS + 1)
    }
    schema = grow(TableSchema("t", 0), {**users, ("level",): InferredType(STRING)})
    assert [(each.path, each.type, each.json) for each in schema.columns] == [
        (("by_user",), STRING, True),
        (("level",), STRING, False),
    ]
    assert grow(schema, {("by_user", "one more"): InferredType(ColumnType.BIGINT)}).columns == schema.columns


def test_an_object_that_has_columns_keeps_them_however_many_keys_it_gets() -> None:
    schema = grow(TableSchema("t", 0), {("by_user", "0"): InferredType(ColumnType.BIGINT)})
    users: dict[FieldPath, InferredType] = {
        ("by_user", str(number)): InferredType(ColumnType.BIGINT) for number in range(MAX_KEYS + 1)
    }
    assert not any(each.json for each in grow(schema, users).columns)
