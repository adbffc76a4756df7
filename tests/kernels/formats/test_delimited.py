"""Lines that are cut at separators have the same columns as if the format's pattern cut them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.schema import TableSchema, grow
from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.aws.cloudfront import CloudFrontFormat
from loglake.kernels.formats.aws.vpc_flow import VERSIONS, VpcFlowFormat
from loglake.kernels.formats.base import TEXT, declared
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.records import Records, RecordsFormat
from loglake.kernels.formats.registry import FORMATS

pytestmark = pytest.mark.unit


def _all_records() -> Iterator[tuple[str, Records]]:
    for name, each in FORMATS.items():
        if isinstance(each, RecordsFormat) and each.records.orders:
            yield name, each.records
    yield "cloudfront", CloudFrontFormat().records
    yield "cloudfront of three fields", CloudFrontFormat(("date", "sc-status", "cs(User-Agent)")).records
    for kind in VpcFlowFormat(VERSIONS[3].split())._kinds:
        yield f"vpc_flow: {', '.join(kind.fields)}", kind


RECORDS = dict(_all_records())
_CELLS = {
    (order.separator, cell)
    for records in RECORDS.values()
    for order in records.orders
    for cell in order.cells
    if order.has_quotes and not cell.is_quoted and cell.words == 1
}


@cache
def _values(cell: Cell) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(cell.pattern, re.ASCII), fullmatch=True)


@st.composite
def _lines(draw: st.DrawFn, orders: tuple[Order, ...]) -> list[str]:
    """Lines of an order, often damaged."""
    order = draw(st.sampled_from(orders))
    values = [draw(_values(cell)) for cell in order.cells]
    lines = [order.separator.join(values)]
    for _ in range(draw(st.integers(0, 3))):
        damaged = list(values)
        place = draw(st.integers(0, len(values) - 1))
        damaged[place] = draw(st.one_of(_ODD, _values(order.cells[place])))
        line = order.separator.join(damaged)
        at = draw(st.integers(0, len(line)))
        lines.append(line[:at] + draw(st.one_of(st.just(""), _ODD)) + line[at + draw(st.integers(0, 2)) :])
    return lines


_ODD = st.sampled_from(['"', '""', '" "', " ", "-", "\\", '\\"', "\t", "\n", "\r", "]", "[", "é", '"a', 'a"b', "a b"])


@given(st.sampled_from(sorted(RECORDS)).flatmap(lambda name: st.tuples(st.just(name), _lines(RECORDS[name].orders))))
def test_lines_that_are_cut_at_separators_have_the_columns_that_the_pattern_gives(drawn: tuple[str, list[str]]) -> None:
    name, lines = drawn
    records = RECORDS[name]
    raw = pa.array(lines, pa.string())
    schema = grow(TableSchema("t"), declared({**records.fields, **records.rare, **records.derived}))
    fast, exact = (each.parser(schema)(raw) for each in (records, replace(records, orders=())))
    for column, own, expected in zip(schema.columns, fast.columns, exact.columns):
        assert own.to_pylist() == expected.to_pylist(), column.name
    assert fast.message.to_pylist() == exact.message.to_pylist()
    assert fast.rescued.to_pylist() == exact.rescued.to_pylist()
    assert fast.rescued_values == exact.rescued_values


def test_only_a_value_in_quotes_may_start_with_one_or_have_a_separator() -> None:
    examples = [*(each.about.example for each in FORMATS.values()), "a", "-", ""]
    for separator, cell in _CELLS:
        values = {value for example in examples for value in example.split(separator)}
        odd = [text for each in values for text in (f'"{each}', f'"{each[1:]}', f'"{each}"', f"{each}{separator}")]
        odd += [f"{each}{separator}{each}" for each in values]
        found = Order((cell,), separator).matches(pa.array(odd)).to_pylist()
        assert not any(found), (cell, odd[found.index(True)])


@pytest.mark.parametrize("damage", [('"x', '"x'), ("a b", "a")])
def test_lines_that_cannot_be_cut_are_read_by_the_pattern(damage: tuple[str, str]) -> None:
    """Such as by a cell whose pattern allows more than it should."""
    text, expected = damage
    cells = (Cell("a", "[^\\n]+"), Cell("b", '"[^"]*"', is_quoted=True))
    records = Records('^(?P<a>[^ ]+).* "(?P<b>[^"]*)"$', {"a": TEXT, "b": TEXT}, {"c": TEXT}, orders=(Order(cells),))
    raw = pa.array(['1 "x y"', f'{text} "z"'], pa.string())
    schema = grow(TableSchema("t"), records.infer_types(raw))
    assert [column.to_pylist() for column in records.parser(schema)(raw).columns] == [["1", expected], ["x y", "z"]]


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_what_an_order_matches_the_pattern_matches_too(name: str) -> None:
    records = RECORDS[name]
    examples = [each.about.example for each in FORMATS.values() if isinstance(each, RecordsFormat)]
    raw = pa.array([*examples, CloudFrontFormat.about.example, VpcFlowFormat.about.example], pa.string())
    usual = [to_mask(order.matches(raw)) for order in records.orders]
    assert not (sum(usual) & ~to_mask(records.matches(raw))).any()


def test_the_example_of_each_format_is_in_an_order() -> None:
    """Else none of its lines would be cut fast."""
    for each in FORMATS.values():
        if isinstance(each, RecordsFormat) and each.records.orders:
            raw = pa.array([each.about.example])
            assert any(order.matches(raw)[0].as_py() for order in each.records.orders), each.id
