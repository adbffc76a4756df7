from __future__ import annotations

import pytest

from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import choose_format, choose_formats, fields_of
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType

pytestmark = pytest.mark.unit

BIGINT, STRING, DOUBLE = (
    InferredType(ColumnType.BIGINT),
    InferredType(ColumnType.STRING),
    InferredType(ColumnType.DOUBLE),
)
A_FIELD: dict[FieldPath, InferredType] = {("a",): BIGINT}


@pytest.mark.parametrize(
    ("votes", "chosen"),
    [
        ([], "text"),
        ([{"text": 9}], "text"),
        ([{"text": 9, "json": 1}], "json"),
        ([{"json": 3}, {"vpc_flow": 2}, {"vpc_flow": 2}], "vpc_flow"),
        ([{"json": 9, "lambda": 1}], "lambda"),
        ([{"json": 2, "vpc_flow": 2}], "json"),
    ],
)
def test_the_format_that_the_samples_speak_for(votes: list[dict[str, int]], chosen: str) -> None:
    assert choose_format(SchemaSample("t", counts, {}) for counts in votes) == chosen


def _seen(formats: dict[str, int], without_fields: str = "") -> SchemaSample:
    return SchemaSample("t", formats, {name: {} if name == without_fields else A_FIELD for name in formats})


@pytest.mark.parametrize(
    ("seen", "chosen"),
    [
        ([], ("text",)),
        ([{"text": 9}], ("text",)),
        ([{"json": 9, "text": 90}], ("json",)),
        # One object is enough: text is not a JSON object by accident.
        ([{"syslog": 5_000, "json": 1, "text": 3}], ("syslog", "json")),
        ([{"json": 9, "emf": 1, "waf": 2}], ("json", "emf", "waf")),
        # Lines need one event in a hundred of those that any format recognised.
        ([{"json": 99, "access_log": 1, "text": 9_000}], ("json", "access_log")),
        ([{"json": 100, "access_log": 1}], ("json",)),
        # In some bundle: a small log group of a table counts as much as a large one.
        ([{"json": 1_000_000}, {"syslog": 3}], ("json", "syslog")),
        ([{"syslog": 400, "lambda": 1, "json": 40}], ("lambda", "json", "syslog")),
        ([{"log4j": 1, "python": 1, "logfmt": 1}], ("log4j", "logfmt", "python")),
    ],
)
def test_all_formats_that_the_samples_speak_for(seen: list[dict[str, int]], chosen: tuple[str, ...]) -> None:
    assert choose_formats([_seen(formats) for formats in seen]) == chosen


def test_what_is_seldom_needs_no_column_for_what_repeats_the_envelope() -> None:
    repeats = InferredType(ColumnType.STRING, repeats=True)
    fields: dict[FieldPath, InferredType] = {("a",): BIGINT, ("msg",): repeats}
    seen = [SchemaSample("t", {"json": 1000, "logfmt": 1}, {"json": A_FIELD, "logfmt": fields})]
    assert choose_formats(seen) == ("json",)
    assert choose_formats(seen, {("a",)}) == ("json", "logfmt")
    only = [SchemaSample("t", {"json": 1000, "logfmt": 1}, {"json": A_FIELD, "logfmt": {("msg",): repeats}})]
    assert choose_formats(only, {("a",)}) == ("json",)


def test_what_is_seldom_is_read_where_the_table_has_its_columns_already() -> None:
    seen = [_seen({"json": 1_000, "syslog": 1})]
    assert choose_formats(seen) == ("json",)
    assert choose_formats(seen, [("b",)]) == ("json",)
    assert choose_formats(seen, [("b",), ("a",)]) == ("json", "syslog")
    assert choose_formats([_seen({"json": 1_000, "syslog": 1}, without_fields="syslog")], [("a",)]) == ("json",)


def test_what_only_looks_like_objects_is_left_as_text() -> None:
    """Python's dictionaries, for example, also start and end with a brace, but have no JSON field."""
    assert choose_formats([_seen({"python": 5, "json": 50}, without_fields="python")]) == ("json", "python")
    assert choose_formats([_seen({"python": 50, "json": 5}, without_fields="json")]) == ("python",)


def test_the_first_format_has_the_first_columns_and_types_are_joined() -> None:
    lines: dict[FieldPath, InferredType] = {("timestamp",): STRING, ("pid",): BIGINT}
    objects: dict[FieldPath, InferredType] = {("a",): BIGINT, ("pid",): DOUBLE, ("timestamp",): BIGINT}
    schema_sample = SchemaSample("t", {"json": 4, "syslog": 5}, {"json": objects, "syslog": lines})
    assert list(fields_of([schema_sample], ("syslog", "json")).items()) == [
        (("timestamp",), STRING),
        (("pid",), DOUBLE),
        (("a",), BIGINT),
    ]
