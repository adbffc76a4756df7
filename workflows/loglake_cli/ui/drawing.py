"""The layout of a workflow's graph, as Glue draws it: in layers, each node after the ones that it waits for.

Pure: ids and edges in, coordinates in CSS pixels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BETWEEN = 32
"""The distance between layers, with room for an arrow."""

_BESIDE = 20
_MARGIN = 6
"""The margin for the focus ring of a node."""

Edge = tuple[str, str]


@dataclass(frozen=True)
class Box:
    """A node's position: its upper left corner."""

    id: str
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """An edge from its source to its target, as the ``d`` of an SVG path."""

    source: str
    target: str
    path: str


@dataclass(frozen=True)
class Drawing:
    """A graph with positions; boxes are in the order of the given ids."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(ids: Sequence[str], edges: Sequence[Edge], width: float, height: float, *, across: bool) -> Drawing:
    """Lays out a graph: layers from left to right (`across`), or from top to bottom.

    No two nodes overlap. An edge that skips layers passes between their nodes.

    Args:
        ids: the nodes; earlier ones come first in their layer.
        edges: pairs of ids; a cycle is drawn as well as possible.
        width: the width of each node.
        height: the height of each node.
        across: the direction.
    """
    rows, routes = _slots(ids, edges, _layers(ids, edges))
    along, beside = (width + _BETWEEN, height + _BESIDE) if across else (height + _BETWEEN, width + _BESIDE)
    widest = max(map(len, rows), default=0)
    corners: dict[str, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        for slot, name in enumerate(row):
            at, off = number * along + _MARGIN, (slot + (widest - len(row)) / 2) * beside + _MARGIN
            corners[name] = (at, off) if across else (off, at)
    spans = (len(rows) * along - _BETWEEN + 2 * _MARGIN, widest * beside - _BESIDE + 2 * _MARGIN)
    wide, tall = spans if across else spans[::-1]
    lines = [Line(*edge, _path(route, corners, (width, height), across)) for edge, route in routes]
    return Drawing(wide, tall, tuple(Box(name, *corners[name]) for name in ids), tuple(lines))


def _layers(ids: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """By node, the number of nodes before it on the longest path; a cycle starts at its first node."""
    before: dict[str, list[str]] = {name: [source for source, target in edges if target == name] for name in ids}
    found: dict[str, int] = {}
    waiting = list(ids)
    while waiting:
        ready = [name for name in waiting if all(source in found for source in before[name])] or waiting[:1]
        for name in ready:
            found[name] = 1 + max((found[source] for source in before[name] if source in found), default=-1)
        waiting = [name for name in waiting if name not in found]
    return found


def _slots(
    ids: Sequence[str], edges: Sequence[Edge], layer: dict[str, int]
) -> tuple[list[list[str]], list[tuple[Edge, list[str]]]]:
    """The nodes of each layer in order, with a place for each edge that passes; and the path of each edge."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for name in ids:
        rows[layer[name]].append(name)
    routes: list[tuple[Edge, list[str]]] = []
    parents: dict[str, list[str]] = {}
    for number, (source, target) in enumerate(edges):
        passed = [f"{number}/{at}" for at in range(layer[source] + 1, layer[target])]
        for at, name in enumerate(passed, layer[source] + 1):
            rows[at].append(name)
        route = [source, *passed, target]
        routes.append(((source, target), route))
        for one, next_one in zip(route, route[1:], strict=False):
            parents.setdefault(next_one, []).append(one)
    for number in range(1, len(rows)):
        place = {name: at for at, name in enumerate(rows[number - 1])}
        rows[number].sort(key=lambda name, place=place: _middle(parents.get(name, []), place))  # type: ignore[misc]
    return rows, routes


def _middle(parents: Sequence[str], place: dict[str, int]) -> float:
    known = [place[name] for name in parents if name in place]
    return sum(known) / len(known) if known else 0.0


def _path(
    route: Sequence[str], corners: dict[str, tuple[float, float]], node: tuple[float, float], across: bool
) -> str:
    """Curves from the end of the source, through the places that it passes, to the front of the target."""
    width, height = node
    size = width if across else height

    def front(name: str) -> tuple[float, float]:
        x, y = corners[name]
        return (x, y + height / 2) if across else (x + width / 2, y)

    def end(name: str) -> tuple[float, float]:
        x, y = front(name)
        return (x + size, y) if across else (x, y + size)

    x, y = end(route[0])
    parts = [f"M{x:g} {y:g}"]
    for name in route[1:]:
        (to_x, to_y), half = front(name), _BETWEEN / 2
        bends = (x + half, y, to_x - half, to_y) if across else (x, y + half, to_x, to_y - half)
        parts.append("C" + " ".join(f"{value:g}" for value in (*bends, to_x, to_y)))
        x, y = end(name)
        if name != route[-1]:
            parts.append(f"L{x:g} {y:g}")
    return " ".join(parts)
