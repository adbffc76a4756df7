"""A team's own format: a pattern with named groups."""

from __future__ import annotations

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows

from loglake.core.schema.schema import ColumnType, InferredType, TableSchema, grow
from loglake.errors import ConfigError
from loglake.kernels.formats.base import Format
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit


def _types(chosen: Format, texts: list[str]) -> dict[str, ColumnType]:
    schema = grow(TableSchema("t"), chosen.infer_types(pa.array(texts, pa.string())))
    return {column.name: column.type for column in schema.columns}


PATTERN = r"^(?P<when>\S+) (?P<level>\w+) \[(?P<host>[^\]]*)\] took=(?P<took>\S*) ok=(?P<ok>\w+) (?P<message>(?s:.*))$"


def test_named_groups_become_columns_message_and_level() -> None:
    texts = [
        "2026-11-21T08:30:00Z warn [web-1] took=12 ok=true slow answer\n  of the database",
        "2026-11-21T08:30:01Z E [] took=1.5 ok=false gone",
        "2026-11-21 ERROR nothing that the pattern knows",
    ]
    rows = parsed_rows(format_of("regex", PATTERN), texts)
    assert rows == [
        {
            "when": "2026-11-21T08:30:00Z",
            "host": "web-1",
            "took": 12.0,
            "ok": True,
            "message": "slow answer\n  of the database",
            "level": "WARN",
        },
        {"when": "2026-11-21T08:30:01Z", "took": 1.5, "ok": False, "message": "gone"},
        {"message": texts[2], "level": "ERROR"},
    ]


def test_types_of_groups_are_the_least_that_hold_what_was_seen() -> None:
    pattern = r"^(?P<a>\S*) (?P<b>\S*) (?P<c>\S*) (?P<d>\S*) (?P<e>\S*)$"
    assert _types(format_of("regex", pattern), ["1 1.5 true 007 ", "2 2 false 8 ", "x"]) == {
        "a": ColumnType.BIGINT,
        "b": ColumnType.DOUBLE,
        "c": ColumnType.BOOLEAN,
        "d": ColumnType.STRING,
    }


def test_a_pattern_without_a_message_has_none() -> None:
    chosen = format_of("regex", r"order=(?P<order>\d+)")
    texts = ["took order=17 from the queue", "order=x"]
    assert parsed_rows(chosen, texts) == [{"order": 17}, {"message": texts[1]}]
    assert chosen.matches(pa.array(texts)).to_pylist() == [True, False]


def test_groups_that_do_not_fit_or_have_no_column_are_rescued() -> None:
    chosen = format_of("regex", r"^(?P<id>\S+) (?P<name>\S+)$")
    schema = grow(TableSchema("t"), {("id",): InferredType(ColumnType.BIGINT)})
    assert parsed_rows(chosen, ["x y", "1 y"], schema) == [
        {"_rescued": '{"id":"x","name":"y"}'},
        {"id": 1, "_rescued": '{"name":"y"}'},
    ]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(?=a)(?P<x>b)", r"invalid perl operator: \(\?="),
        (r"(?P<x>a)\1", "invalid escape sequence"),
        (r"(a)(?P<x>b)", "unnamed groups"),
    ],
)
def test_what_re2_refuses_is_said(pattern: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"is read with RE2, which refuses it: .*{said}.*look-around"):
        format_of("regex", pattern)
