"""The page as HTML. What comes from logs, tables and catalog is text in it, never markup: the templates escape all."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from loglake.core.units import EpochMs, format_instant
from loglake_cli.operations import status_text
from loglake_cli.operations.query_output import is_number
from loglake_cli.ui.drawing import WIDTH, draw

if TYPE_CHECKING:
    from loglake_cli.local.lake.query.athena import QueryResult
    from loglake_cli.ui.drawing import Drawing
    from loglake_cli.ui.runs import Graph, GraphNode

_NAME = 20
"""Letters of a node's name in a line."""

_LINE = 16
_AROUND_NAME = 54
"""Of a node's height: the lines of its type and state, and the space above and below."""

_STEPS = (480, 760, 1000, 1240)
"""Widths of the window, in CSS pixels, from which on the style sheet can draw a graph across; else it is drawn down."""

_GUTTER = 60
_MOST_LETTERS = 160
"""Of a cell; the JSON of the same answer has all."""

_HIDDEN = {
    code: f"\\u{code:04x}"
    for code in (
        *range(9),
        11,
        12,
        *range(14, 32),
        *range(127, 160),
        0x200E,
        0x200F,
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
"""Controls, of terminals and of the direction of text, with which a line of a log could look like another one."""

_KINDS = {"SUCCEEDED": "good", "COMPLETED": "good", "FIRED": "good", "RUNNING": "busy", "STOPPING": "busy"}
_BAD = frozenset({"FAILED", "TIMEOUT", "STOPPED", "CANCELLED", "ERROR"})


@dataclass(frozen=True)
class Pick:
    """What of the stack somebody looks at: a run, node, attempt and table by their ids; empty is the page's choice."""

    run: str = ""
    workflow: str = ""
    node: str = ""
    attempt: str = ""
    table: str = ""

    def link(self, **changes: str) -> str:
        """The address of the page with another pick."""
        return "/?" + urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})


class Pages:
    """Renders the templates."""

    def __init__(self) -> None:
        loader = FileSystemLoader(Path(__file__).with_name("templates"))
        self._environment = Environment(
            loader=loader,
            autoescape=True,
            finalize=_visible,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            number="{:,}".format, time=_time, took=_took, kind=_kind, cell=_cell, is_number=is_number
        )
        self._environment.globals.update(node_width=WIDTH, status_columns=status_text.COLUMNS, words=status_text)

    def render(self, template: str, **context: Any) -> str:
        """A page, or a part of one."""
        return self._environment.get_template(template).render(context)


@dataclass(frozen=True)
class DrawnGraph:
    """A graph as it is drawn across, from `step` on, and down."""

    graph: Graph
    names: Mapping[str, Sequence[str]]
    height: int
    across: Drawing
    down: Drawing
    step: int

    def places(self, drawing: Drawing) -> list[tuple[GraphNode, float, float]]:
        """Each node with its place."""
        return [(node, box.x, box.y) for node, box in zip(self.graph.nodes, drawing.boxes, strict=True)]

    def passed(self, target: str) -> bool:
        """Whether the run went over an edge to a node."""
        states = {node.id: node.view.state for node in self.graph.nodes}
        return states[target] not in {"WAITING", "SKIPPED"}


def drawn(graph: Graph) -> DrawnGraph:
    """Gives a graph its places."""
    ids = [node.id for node in graph.nodes]
    names = {node.id: textwrap.wrap(node.view.name, _NAME) or [""] for node in graph.nodes}
    height = _AROUND_NAME + _LINE * max(map(len, names.values()), default=1)
    across, down = (draw(ids, graph.edges, height, across=lies) for lies in (True, False))
    step = next((width for width in _STEPS if width >= across.width + _GUTTER), 0)
    return DrawnGraph(graph, names, height, across, down, step)


@dataclass(frozen=True)
class Answer:
    """What became of a query: its result, or why there is none."""

    sql: str
    result: QueryResult | None = None
    error: str = ""


def _visible(value: object) -> object:
    """What is put into a page, with its controls written out; markup of the templates stays."""
    return value.translate(_HIDDEN) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _time(ms: int | None) -> str:
    return "" if ms is None else format_instant(EpochMs(ms))[:19].replace("T", " ")


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _kind(state: str) -> str:
    """The style of a state, which is always written out beside it."""
    return "bad" if state in _BAD else _KINDS.get(state, "idle")


def _cell(value: object) -> str:
    text = str(value)
    cut = len(text) > _MOST_LETTERS
    return f"{text[:_MOST_LETTERS]}… ({len(text):,} letters)" if cut else text
