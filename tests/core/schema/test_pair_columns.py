"""Which pairs in messages become columns: by all events of a sample, however it was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import fields_of
from loglake.core.schema.pair_columns import MOST
from loglake.core.schema.schema import ColumnType, FieldPath, InferredType, TableSchema, column_name, grow

pytestmark = pytest.mark.unit

WHOLE, TEXT = ColumnType.BIGINT, ColumnType.STRING


def _sample(events: int, name: str = "header", /, **counts: int | None) -> SchemaSample:
    fields: dict[FieldPath, InferredType] = {(key,): InferredType(WHOLE, events=count) for key, count in counts.items()}
    return SchemaSample("t", {name: events}, {name: fields})


def _names(*samples: SchemaSample, formats: tuple[str, ...] = ("header",)) -> set[str]:
    return {".".join(path) for path in fields_of(samples, formats)}


@pytest.mark.parametrize(
    ("events", "count", "is_column"),
    [
        (1, 1, True),
        (99, 99, True),
        (99, 98, True),
        (21, 20, True),
        (21, 19, False),
        (100, 20, True),
        (100, 19, False),
        (2_000, 20, True),
        (2_100, 20, False),
        (2_100, 21, True),
    ],
)
def test_a_pair_is_a_column_from_twenty_events_and_one_percent_on_or_if_each_of_few_has_it(
    events: int, count: int, is_column: bool
) -> None:
    assert _names(_sample(events, id=count)) == ({"id"} if is_column else set())


def test_what_is_no_pair_is_a_column_in_any_case() -> None:
    assert _names(_sample(5_000, id=None, user=3)) == {"id"}
    assert _names(_sample(5_000, id=3), _sample(10, id=None)) == {"id"}


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_parts_of_a_sample_are_counted_together(parts: list[tuple[int, int]], chance: object) -> None:
    samples = [_sample(max(total, count), id=count) for total, count in parts]
    whole = _sample(sum(max(each) for each in parts), id=sum(count for _, count in parts))
    assert _names(*samples) == _names(whole) == _names(*reversed(samples))


def test_other_formats_of_the_table_change_nothing() -> None:
    lines, objects = _sample(2_000, user=20), _sample(900_000, "json", order=None)
    assert _names(lines, objects, formats=("json", "header")) == {"user", "order"}
    assert _names(lines, objects, formats=("header",)) == {"user"}


def test_no_pair_gets_a_number_behind_its_name() -> None:
    sample = _sample(100, Id=30, id=40, thread=None, Thread=40)
    assert _names(sample) == {"id", "thread"}


def test_a_pair_that_is_a_column_stays_one() -> None:
    columns = grow(TableSchema("t"), {("id",): InferredType(TEXT), ("user",): InferredType(TEXT)}).by_path()
    found = fields_of([_sample(5_000, id=1, Id=500, user=1, rare=1)], ("header",), columns)
    assert {path for (path,) in found} == {"id", "user"}


def test_one_sample_adds_the_most_frequent_of_too_many_pairs() -> None:
    found = fields_of(
        [_sample(1_000, **{f"k{chr(97 + n // 26)}{chr(97 + n % 26)}": 100 + n for n in range(200)})], ("header",)
    )
    assert len(found) == MOST
    assert {each.events for each in found.values()} == set(range(300 - MOST, 300))
    assert len({column_name(path) for path in found}) == MOST
