"""Types that a person sets, and columns of fields that have none."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, grow
from loglake.core.schema.set_types import column_of, field_name, field_names, field_path, set_types
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

SCHEMA = grow(
    TableSchema("app", version=1),
    {("status",): InferredType(ColumnType.BIGINT), ("user", "id"): InferredType(ColumnType.BIGINT)},
)


def test_several_types_make_one_version() -> None:
    changed = set_types(SCHEMA, {"status": ColumnType.STRING, "user.id": ColumnType.DOUBLE})
    assert changed.version == SCHEMA.version + 1
    assert [(column.name, column.type) for column in changed.columns] == [
        ("status", ColumnType.STRING),
        ("user_id", ColumnType.DOUBLE),
    ]


def test_types_that_columns_have_already_change_nothing() -> None:
    assert set_types(SCHEMA, {"status": ColumnType.BIGINT}) is SCHEMA


def test_a_field_gets_a_column_only_if_asked() -> None:
    with pytest.raises(ConfigError, match=r"app has no column user\.name of its own"):
        set_types(SCHEMA, {"user.name": ColumnType.STRING})
    grown = set_types(SCHEMA, {"user.name": ColumnType.STRING}, add=True)
    assert grown.version == SCHEMA.version + 1
    added = column_of(grown, "user.name")
    assert added is not None
    assert (added.name, added.path, added.type) == ("user_name", ("user", "name"), ColumnType.STRING)


def test_an_old_table_gets_each_column_of_the_envelope_only_if_asked_and_once() -> None:
    old = replace(SCHEMA, later=frozenset())
    with pytest.raises(ConfigError, match="app has no log_time: with --add its new rows have it"):
        set_types(old, {"log_time": ColumnType.TIMESTAMP})
    grown = set_types(old, {"log_time": ColumnType.TIMESTAMP}, add=True)
    assert grown == replace(SCHEMA, version=SCHEMA.version + 1, later=frozenset({"log_time"}))
    assert grown.envelope == ("event_time", "log_time", *old.envelope[1:])
    with pytest.raises(ConfigError, match="app has log_time already, and its type stays"):
        set_types(grown, {"log_time": ColumnType.TIMESTAMP}, add=True)
    whole = set_types(grown, {"log_account": ColumnType.STRING}, add=True)
    assert whole.envelope == ("event_time", "log_time", "log_account", *old.envelope[1:])
    assert TableSchema.from_json(whole.to_json()) == whole


NAMED = [
    # fields without a column, and how they are written: a plain name means the column of that name first
    ([("fresh",), ("user", "name")], ["fresh", "user.name"]),
    ([("user_id",), ("Status",)], ['["user_id"]', "Status"]),
    ([("x", "y"), ("x_y",)], ["x.y", '["x_y"]']),
    ([("A_B",), ("a_b",), ("a_b_2",)], ["A_B", '["a_b"]', '["a_b_2"]']),
    ([("",)], ['[""]']),
]


@pytest.mark.parametrize(("paths", "names"), NAMED)
def test_names_of_new_fields_mean_these_fields_in_any_order_and_again(paths: list[FieldPath], names: list[str]) -> None:
    kinds = dict.fromkeys(paths, ColumnType.DOUBLE)
    assert list(field_names(SCHEMA, kinds).values()) == names
    for order in permutations(names):
        asked = dict.fromkeys(order, ColumnType.DOUBLE)
        at_once = set_types(SCHEMA, asked, add=True)
        assert set_types(at_once, asked, add=True) is at_once
        one_by_one = SCHEMA
        for name in order:
            one_by_one = set_types(one_by_one, {name: ColumnType.DOUBLE}, add=True)
        for schema in (at_once, one_by_one):
            assert schema.columns[: len(SCHEMA.columns)] == SCHEMA.columns
            assert {column.path for column in schema.columns[len(SCHEMA.columns) :]} == set(paths)


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["user_id", "user.id"], r"user_id and user\.id are the same field of app: write one of them"),
        (["x.y", '["x", "y"]'], "are the same field of app"),
        (["A_B", "a_b"], r'a_b would be the column of the field A_B: for the field .*, write \["a_b"\]'),
    ],
)
def test_names_that_mean_one_column_are_refused(names: list[str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        set_types(SCHEMA, dict.fromkeys(names, ColumnType.STRING), add=True)


def test_what_is_inside_a_column_of_json_text_gets_none() -> None:
    schema = grow(SCHEMA, {("tags",): InferredType(ColumnType.STRING, json=True)})
    with pytest.raises(ConfigError, match=r"no column for tags\.x: .*is inside a column of JSON text"):
        set_types(schema, {"tags.x": ColumnType.BIGINT}, add=True)


def test_a_table_without_room_for_a_column_says_so() -> None:
    with pytest.raises(ConfigError, match="app can have no column for x"):
        set_types(SCHEMA, {"x" * 10_000: ColumnType.STRING}, add=True)


@pytest.mark.parametrize("name", ["status", "user.id", "user_id"])
def test_a_column_is_found_by_its_name_or_its_field(name: str) -> None:
    found = column_of(SCHEMA, name)
    assert found is not None
    assert name in (found.name, field_name(found.path))


def test_a_name_of_no_column_finds_none() -> None:
    assert column_of(SCHEMA, "other") is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("user.id", ("user", "id")),
        ('["user", "a.b"]', ("user", "a.b")),
        ('["[odd"]', ("[odd",)),
        ('["ü.b"]', ("ü.b",)),
    ],
)
def test_a_field_is_written_with_dots_or_as_a_list_of_keys(name: str, path: FieldPath) -> None:
    assert field_path(name) == path
    assert field_name(path) == name


@pytest.mark.parametrize("name", ["[", "[]", "[1]", '["a"'])
def test_a_list_that_is_no_path_says_how_to_write_one(name: str) -> None:
    with pytest.raises(ConfigError, match=r"is not the path of a field: write user\.id"):
        field_path(name)
