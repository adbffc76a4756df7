"""Drawing a graph: nothing overlaps, and every edge goes forward, for any graph."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake_cli.ui.drawing import Box, draw

pytestmark = pytest.mark.unit

WIDTH, HEIGHT = 164.0, 70.0
NAMES = [f"n{number}" for number in range(7)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), unique=True, max_size=12)


def overlap(one: Box, other: Box) -> bool:
    return abs(one.x - other.x) < WIDTH and abs(one.y - other.y) < HEIGHT


def ends(path: str) -> tuple[float, float, float, float]:
    """The first and the last point of a path."""
    numbers = [float(text) for text in re.findall(r"-?[\d.]+", path)]
    return numbers[0], numbers[1], numbers[-2], numbers[-1]


@given(EDGES, st.booleans())
def test_no_two_nodes_overlap_and_all_are_inside(edges: list[tuple[str, str]], across: bool) -> None:
    drawing = draw(NAMES, edges, WIDTH, HEIGHT, across=across)
    assert [box.id for box in drawing.boxes] == NAMES
    assert not any(overlap(one, other) for one, other in combinations(drawing.boxes, 2))
    for box in drawing.boxes:
        assert 0 <= box.x <= drawing.width - WIDTH
        assert 0 <= box.y <= drawing.height - HEIGHT
    assert [(line.source, line.target) for line in drawing.lines] == edges


@given(EDGES.map(lambda edges: [(a, b) for a, b in edges if a < b]), st.booleans())
def test_edges_lead_from_the_end_of_one_node_to_the_front_of_a_later_one(
    edges: list[tuple[str, str]], across: bool
) -> None:
    drawing = draw(NAMES, edges, WIDTH, HEIGHT, across=across)
    places = {box.id: box for box in drawing.boxes}
    for line in drawing.lines:
        source, target = places[line.source], places[line.target]
        x, y, to_x, to_y = ends(line.path)
        if across:
            assert (x, y) == (source.x + WIDTH, source.y + HEIGHT / 2)
            assert (to_x, to_y) == (target.x, target.y + HEIGHT / 2)
            assert source.x + WIDTH < target.x
        else:
            assert (x, y) == (source.x + WIDTH / 2, source.y + HEIGHT)
            assert (to_x, to_y) == (target.x + WIDTH / 2, target.y)
            assert source.y + HEIGHT < target.y


def test_an_edge_that_leaps_over_a_layer_has_a_place_of_its_own_there() -> None:
    drawing = draw(["a", "b", "c"], [("a", "b"), ("b", "c"), ("a", "c")], WIDTH, HEIGHT, across=True)
    b = drawing.boxes[1]
    passes = re.findall(r"L[\d.]+ ([\d.]+)", drawing.lines[2].path)
    assert len(passes) == 1
    assert abs(float(passes[0]) - (b.y + HEIGHT / 2)) > HEIGHT / 2


def test_no_node_is_a_small_drawing() -> None:
    assert draw([], [], WIDTH, HEIGHT, across=True).boxes == ()
