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
from loglake.kernels.formats.base import TEXT, declared
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.shape import Shape, ShapedFormat, Shapes

pytestmark = pytest.mark.unit


def _all_lines() -> Iterator[tuple[str, Shape]]:
    orders = {
        "cloudfront": ("date", "sc-status", "cs(User-Agent)"),
        "vpc_flow": ["vpc-id", "subnet-id", "tcp-flags", "type", "pkt-srcaddr"],
    }
    formats = [*FORMATS.values(), *(format_of(name, fields=order) for name, order in orders.items())]
    for each in formats:
        if isinstance(each, ShapedFormat):
            for shape in each.shapes.shapes:
                if shape.orders:
                    yield f"{each.id}: {', '.join(shape.fields)}", shape


LINES = dict(_all_lines())
_CELLS = {
    (order.separator, cell)
    for shape in LINES.values()
    for order in shape.orders
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


@given(st.sampled_from(sorted(LINES)).flatmap(lambda name: st.tuples(st.just(name), _lines(LINES[name].orders))))
def test_lines_that_are_cut_at_separators_have_the_columns_that_the_pattern_gives(drawn: tuple[str, list[str]]) -> None:
    name, lines = drawn
    shape = LINES[name]
    raw = pa.array(lines, pa.string())
    schema = grow(TableSchema("t"), declared({**shape.fields, **shape.rare, **shape.derived}))
    fast, exact = (Shapes((each,)).parser(schema)(raw) for each in (shape, replace(shape, orders=())))
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
    shape = Shape('^(?P<a>[^ ]+).* "(?P<b>[^"]*)"$', {"a": TEXT, "b": TEXT}, {"c": TEXT}, orders=(Order(cells),))
    shapes = Shapes((replace(shape, has_objects=False),))
    raw = pa.array(['1 "x y"', f'{text} "z"'], pa.string())
    schema = grow(TableSchema("t"), shapes.infer_types(raw))
    assert [column.to_pylist() for column in shapes.parser(schema)(raw).columns] == [["1", expected], ["x y", "z"]]


@pytest.mark.parametrize("name", sorted(LINES))
def test_what_an_order_matches_the_pattern_matches_too(name: str) -> None:
    shape = LINES[name]
    raw = pa.array([each.about.example for each in FORMATS.values()], pa.string())
    usual = [to_mask(order.matches(raw)) for order in shape.orders]
    assert not (sum(usual) & ~to_mask(shape.matches(raw))).any()


def test_the_example_of_each_format_is_in_an_order() -> None:
    """Else none of its lines would be cut fast."""
    for each in FORMATS.values():
        if isinstance(each, ShapedFormat) and any(shape.orders for shape in each.shapes.shapes):
            raw = pa.array([each.about.example])
            orders = [order for shape in each.shapes.shapes for order in shape.orders]
            assert any(order.matches(raw)[0].as_py() for order in orders), each.id
