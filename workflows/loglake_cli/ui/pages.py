"""The page as HTML. Data from logs, tables and catalog is text, never markup: the templates escape all of it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from athena_duckdb.query.athena import Dialect, QueryResult
from athena_duckdb.sql.values import shown
from gluelocal.shown_stream import visible
from loglake.core.schema.id_names import names_id
from loglake.core.units import EpochMs, format_instant
from loglake_cli.operations.finding.find import Hit
from loglake_cli.operations.standing import status_text
from loglake_cli.operations.standing.status_notes import notes
from loglake_cli.operations.tables.query_output import is_number
from loglake_cli.ui.chart import HEIGHT
from loglake_cli.ui.drawing import Drawing, draw
from loglake_cli.ui.examples import examples, identifier
from loglake_cli.ui.job_log import log_parts
from loglake_cli.ui.runs import Graph, GraphNode, kind
from loglake_cli.ui.shown_rows import shown_rows
from loglake_cli.wording import counted

_WORD = r"(?:[\w@%+=:,./-]|'[^'\n]*'|\"'\")+"
_COMMAND = re.compile(rf"(?<=: )loglake(?: {_WORD})+(?=;|$)", re.ASCII)


@dataclass(frozen=True)
class Piece:
    """A part of a sentence: text, or a command."""

    text: str
    is_command: bool


def pieces(sentence: str) -> Iterator[Piece]:
    """The parts of a sentence that may end with commands, in order; together they are the sentence.

    The page shows each command with a copy button. These sentences quote error texts, which come from outside. So a
    text counts as a command only if it can do no more than run loglake: its words must be as `shlex.quote` leaves or
    quotes them.
    """
    end = 0
    for found in _COMMAND.finditer(sentence):
        yield Piece(sentence[end : found.start()], False)
        yield Piece(found[0], True)
        end = found.end()
    if end < len(sentence):
        yield Piece(sentence[end:], False)


_LETTER = 7.25
"""The width of a character in a node's name: 12 px, monospaced."""

_LINE = 16
_SIDES = 19
_ACROSS, _DOWN = 164, 256
"""Widths of a node. In a vertical layout it fills a narrow window, so its state is beside its type."""

_AROUND_NAME, _ABOVE_NAME = 54, 36
"""Parts of a node's height: the lines of its type and state, and the space above and below."""

_STEPS = (480, 760, 1000, 1240)
"""Window widths, in CSS pixels, from which the style sheet can draw a graph horizontally; below them it is vertical."""

_GUTTER = 60
_MOST_LETTERS = 160
"""The most characters of a cell; the JSON answer has the whole value."""


@dataclass(frozen=True)
class Pick:
    """The selected run, node, attempt and table, by id; if one is empty the page chooses. And what is searched.

    Attributes:
        find: an id, or a part of a text.
        begin: only events from this time on, UTC; as a browser writes it, such as ``2026-11-21T08:30``.
        end: only events before this time.
        level: only events of this level, and of more severe ones.
    """

    run: str = ""
    workflow: str = ""
    node: str = ""
    attempt: str = ""
    table: str = ""
    find: str = ""
    begin: str = ""
    end: str = ""
    level: str = ""

    def link(self, **changes: str) -> str:
        """The page's address with another selection."""
        return "/?" + urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})


class Pages:
    """Renders the templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            finalize=_visible,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            number="{:,}".format,
            time=_time,
            took=_took,
            kind=kind,
            cell=_cell,
            is_number=is_number,
            pieces=pieces,
            examples=examples,
            identifier=identifier,
            log_parts=log_parts,
            shown_rows=shown_rows,
            style=_style,
            hit_id=_hit_id,
            names_id=names_id,
            whole=_whole,
        )
        self._environment.globals.update(
            status_columns=status_text.COLUMNS, words=status_text, notes=notes, counted=counted, chart_height=HEIGHT
        )

    def render(self, template: str, **context: Any) -> str:
        """A page, or part of one."""
        return self._environment.get_template(template).render(context)


@dataclass(frozen=True)
class DrawnNodes:
    """A graph in one of its layouts.

    Attributes:
        names: the lines of each node's name, by node id.
        beside: whether a node's state is beside its type; else it has its own line.
    """

    graph: Graph
    names: Mapping[str, Sequence[str]]
    width: int
    height: int
    drawing: Drawing
    beside: bool

    def places(self) -> list[tuple[GraphNode, float, float]]:
        """Each node with its position."""
        return [(node, box.x, box.y) for node, box in zip(self.graph.nodes, self.drawing.boxes, strict=True)]

    def passed(self, target: str) -> bool:
        """Whether the run passed an edge to a node."""
        states = {node.id: node.view.state for node in self.graph.nodes}
        return states[target] not in {"WAITING", "SKIPPED"}


@dataclass(frozen=True)
class DrawnGraph:
    """A graph in its horizontal layout, for windows from `step` on, and in its vertical one."""

    graph: Graph
    across: DrawnNodes
    down: DrawnNodes
    step: int


def drawn(graph: Graph) -> DrawnGraph:
    """Lays out a graph."""
    across, down = _drawn(graph, _ACROSS, across=True), _drawn(graph, _DOWN, across=False)
    return DrawnGraph(
        graph, across, down, next((width for width in _STEPS if width >= across.drawing.width + _GUTTER), 0)
    )


def _drawn(graph: Graph, width: int, *, across: bool) -> DrawnNodes:
    letters = int((width - _SIDES) / _LETTER)
    names = {node.id: textwrap.wrap(node.view.name, letters) or [""] for node in graph.nodes}
    height = (_AROUND_NAME if across else _ABOVE_NAME) + _LINE * max(map(len, names.values()), default=1)
    drawing = draw([node.id for node in graph.nodes], graph.edges, width, height, across=across)
    return DrawnNodes(graph, names, width, height, drawing, beside=not across)


@dataclass(frozen=True)
class Answer:
    """The outcome of a query: its result, with what that lacks in sentences, or why there is none."""

    sql: str
    result: QueryResult | None = None
    error: str = ""
    missing: Sequence[str] = ()


def _visible(value: object) -> object:
    """Text for a page, with its control characters made visible; markup of the templates stays."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _time(ms: int | None) -> str:
    return "" if ms is None else format_instant(EpochMs(ms))[:19].replace("T", " ")


def _took(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _style(level: str) -> str:
    """The style of a level. The level is always written beside it."""
    return "level-" + level.lower().replace(" ", "-")


def _hit_id(hit: Hit, number: int) -> str:
    """The id of a row that was found: it stays if newer rows come."""
    source, line = hit.row.get("_source"), hit.row.get("_line")
    return quote(f"hit-{hit.table}-{number if source is None else f'{source}-{line}'}")


def _whole(value: object, dialect: Dialect = Dialect.ATHENA) -> str:
    if isinstance(value, datetime) and not value.microsecond % 1000:
        return value.isoformat(" ", "milliseconds")
    return (shown(value) or "") if dialect == Dialect.ATHENA else str(value)


def _cell(value: object, dialect: Dialect = Dialect.DUCKDB) -> str:
    text = _whole(value, dialect)
    return f"{text[:_MOST_LETTERS]}… ({len(text):,} letters)" if (len(text) > _MOST_LETTERS) else text
