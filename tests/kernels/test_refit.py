"""Which types rescued values fit: the proposal is what converting again makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from support.fakes.stores import MemoryStore
from support.worlds.bundles import DAY, bundle_of, exported_line, put_object, table_rows

from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.schema import Column, ColumnType, InferredType, TableSchema, grow
from loglake.core.schema.set_types import field_name, set_types
from loglake.kernels.convert import convert_bundle
from loglake.kernels.refit import Refit, Rescued, refit

pytestmark = pytest.mark.unit

KINDS = {"n": ColumnType.BIGINT, "flag": ColumnType.BOOLEAN, "at": ColumnType.TIMESTAMP, "text": ColumnType.STRING}
SCHEMA = grow(TableSchema("app"), {(name,): InferredType(kind) for name, kind in KINDS.items()})


def converted(schema: TableSchema, texts: list[str], formats: tuple[str, ...]) -> list[dict[str, Any]]:
    raw, lake = MemoryStore("raw"), MemoryStore("lake")
    lines = "".join(exported_line(DAY, text) for text in texts)
    plan = TablePlan(formats[0], schema, formats[1:])
    return table_rows(convert_bundle(bundle_of([put_object(raw, "s", lines)]), plan, raw, lake), lake)


def rescued(schema: TableSchema, texts: list[str], formats: tuple[str, ...]) -> list[Rescued]:
    return [Rescued(row["raw"], row["_rescued"], 1) for row in converted(schema, texts, formats) if row["_rescued"]]


CASES = [
    (['{"n": 1.5}', '{"n": 7}', '{"n": -2e3}'], {"n": "double"}),
    (['{"n": "x"}', '{"n": 1.5}'], {"n": "string"}),
    (['{"flag": 1}'], {"flag": "string"}),
    (['{"at": "yesterday"}'], {"at": "string"}),
    (['{"new": 1}', '{"new": null}', '{"new": 2}'], {"new": "bigint"}),
    (['{"new": true}'], {"new": "boolean"}),
    (['{"new": 1}', '{"new": 1.5}'], {"new": "double"}),
    (['{"new": "2026-11-21T08:00:00Z"}'], {"new": "timestamp"}),
    (['{"new": [1, {"a": 2}]}', '{"new": 5}'], {"new": "string"}),
    (['{"a": {"b": 1}}'], {"a.b": "bigint"}),
    (['{"a.b": 1}'], {'["a.b"]': "bigint"}),
    (['{"attributes": {"http.status": 1}}'], {'["attributes", "http.status"]': "bigint"}),
    (["level=info new=12 n=1.25", "level=info new=13"], {"new": "bigint", "n": "double"}),
    (['{"text": 1, "text": 2}'], {}),
    (['{"n": 1}'] * 5, {}),
]


@pytest.mark.parametrize(("texts", "expected"), CASES)
def test_what_is_proposed_holds_the_values_once_it_is_set(texts: list[str], expected: dict[str, str]) -> None:
    formats = ("json", "logfmt")
    found = refit(rescued(SCHEMA, texts, formats), SCHEMA)
    proposed = {field_name(each.path): each.type for each in found if each.type}
    assert {name: kind.value for name, kind in proposed.items()} == expected
    if expected:
        again = converted(set_types(SCHEMA, proposed, add=True), texts, formats)
        assert [row["_rescued"] for row in again if row["_rescued"]] == []


def test_few_values_that_do_not_fit_are_counted_and_many_widen_the_type() -> None:
    values = [Rescued('{"new": 1}', '{"new":1}', 2000), Rescued('{"new": "x"}', '{"new":"x"}', 2)]
    assert refit(values, SCHEMA) == [Refit("new", ("new",), None, 2002, ColumnType.BIGINT, 2, "1")]
    more = [values[0], Rescued('{"new": "x"}', '{"new":"x"}', 3)]
    assert refit(more, SCHEMA) == [Refit("new", ("new",), None, 2003, ColumnType.STRING, 0, "1")]


def test_values_of_an_older_version_fit_the_column_that_there_is_now() -> None:
    column = Column("n", ("n",), ColumnType.BIGINT)
    assert refit([Rescued('{"n": 5}', '{"n":5}', 3)], SCHEMA) == [
        Refit("n", ("n",), column, 3, ColumnType.BIGINT, 0, "5")
    ]


def test_a_field_that_only_the_datasets_own_pattern_finds_gets_the_type_of_its_texts() -> None:
    found = refit([Rescued("GET 12 apples", '{"how_many":"12"}', 1), Rescued("x 1.5", '{"how_many":"1.5"}', 1)], SCHEMA)
    assert [(each.path, each.type, each.events) for each in found] == [(("how_many",), ColumnType.DOUBLE, 2)]


def test_bytes_that_are_not_utf_8_are_no_field() -> None:
    assert refit([Rescued("x", '{"_raw_base64":"eA=="}', 1)], SCHEMA) == []


@pytest.mark.parametrize("values", ["***", "", "7", '{"a":*}', '{"a":' * 100_000, "[" * 100_000])
def test_rescued_values_that_cannot_be_read_are_left_out(values: str) -> None:
    fits = Rescued('{"new": 1}', '{"new":1}', 2)
    found = refit([Rescued(values, values, 5), fits], SCHEMA)
    assert found == [Refit("new", ("new",), None, 2, ColumnType.BIGINT, 0, "1")]
    assert refit([Rescued(values, values, 5)], SCHEMA) == []
