"""What a person sees of a local run: live on a terminal, plain lines elsewhere, and the report at its end."""

from __future__ import annotations

import shlex
import threading
import time
from contextlib import ExitStack
from contextvars import ContextVar
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text
from rich.tree import Tree

from loglake.core.format_share import in_words
from loglake.core.schema.schema import ENVELOPE, TRAILER
from loglake_cli.cli.pace import Pace
from loglake_cli.operations.tables.terminal_tables import print_pairs, print_table
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from rich.console import RenderableType
    from typing_extensions import Self

    from loglake.core.accounting import Accounting
    from loglake.pipelines.folder_convert.report import FolderReport
    from loglake_cli.local.engine.views import NodeView, RunView, Snapshot
    from loglake_cli.local.report import LocalRunReport, TableReport

_STYLES = {
    "SUCCEEDED": "green",
    "COMPLETED": "green",
    "FIRED": "cyan",
    "RUNNING": "yellow",
    "WAITING": "yellow",
    "FAILED": "bold red",
    "TIMEOUT": "bold red",
    "STOPPED": "red",
    "CANCELLED": "red",
}
_SHOWN_COLUMNS = 8
"""Columns of a table that the report names."""

_SHOWN_REASONS = 5
"""Reasons of quarantine that the report names."""

_SHOWN_LOG = 5
"""Last lines of a failed job's log that the report shows."""

_NARROW = 100
"""A narrower terminal is told how many columns a table has, and not which."""

_WIDTH = 110
"""Columns of the report where there is no terminal that says how wide it is."""


def console(stderr: bool = False) -> Console:
    """A console that is as wide as its terminal; without one as COLUMNS says, else `_WIDTH`."""
    made = Console(stderr=stderr, highlight=False)
    return (
        made
        if made.is_terminal
        else Console(stderr=stderr, highlight=False, width=get_terminal_size((_WIDTH, 24)).columns)
    )


QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)
"""Whether a person wants no progress (``--quiet``)."""


class Progress:
    """Shows work while it happens; a context manager. Without a terminal a line per `EVERY_S` says that it goes on."""

    EVERY_S = 10.0

    def __init__(self, to: Console, *, errors: bool = False) -> None:
        """With `errors` it shows why a node failed: for what does not end with a report."""
        self._console, self._errors = to, errors
        self._snapshot: Snapshot | None = None
        self._said = "Starting"
        self._pace = Pace()
        self._quiet = QUIET.get()
        self._ended = threading.Event()
        self._beat = threading.Thread(target=self._go_on, name="progress", daemon=True)
        self._printed: dict[tuple[str, str], str] = {}
        self._live = Live(console=to, refresh_per_second=8, transient=True, get_renderable=self._render)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        if self._quiet:
            return self
        if self._console.is_terminal:
            self._undo.enter_context(self._live)
        else:
            self._beat.start()
            self._undo.callback(self._beat.join)
            self._undo.callback(self._ended.set)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _go_on(self) -> None:
        while not self._ended.wait(self.EVERY_S):
            self._console.print(Text(f"{self._said} ... {self._pace.text(time.monotonic())}"), soft_wrap=True)

    def begin(self, what: str) -> None:
        """Notes what begins; where there is no terminal, it is worth a line only if it takes long."""
        self._said, self._pace = what, Pace()

    def part(self, through: int, of: int) -> None:
        """Notes how much of what was said last is done."""
        self._pace.through, self._pace.of = through, of

    def say(self, what: str) -> None:
        """Tells what happens outside of the workflow runs."""
        self.begin(what)
        if not (self._console.is_terminal or self._quiet):
            self._console.print(Text(what), soft_wrap=True)  # a text: brackets in it are no markup

    def show(self, snapshot: Snapshot) -> None:
        """Tells the state of the workflow runs: all of it on a terminal, what changed elsewhere."""
        self._snapshot = snapshot
        if self._console.is_terminal or self._quiet:
            return
        for run in snapshot.runs:
            for node in run.nodes:
                if node.state != self._printed.get((run.id, node.name)) and node.state != "WAITING":
                    self._printed[run.id, node.name] = node.state
                    self._console.print(Text(f"{run.name}: {_line(node, errors=self._errors)}"), soft_wrap=True)
        shown = {run.id for run in snapshot.runs}
        self._printed = {key: state for key, state in self._printed.items() if key[0] in shown}

    def _render(self) -> RenderableType:
        parts: list[RenderableType] = (
            [run_tree(run, errors=self._errors) for run in self._snapshot.runs] if self._snapshot else []
        )
        said = f"{self._said}  {self._pace.text(time.monotonic(), bar=True)}"
        return Group(*parts, Spinner("dots", Text(said, style="dim")))


def run_tree(run: RunView, *, errors: bool = False) -> Tree:
    """A run's graph: each trigger, and below it what it starts, with state and duration.

    Args:
        run: that of the graph.
        errors: show why a node failed, and the end of its log.
    """
    head = Text.assemble((run.name, "bold"), "  ", _state(run.status), f"  {run.seconds:.1f} s")
    tree = Tree(head, guide_style="dim")
    branches: dict[str, Tree] = {}
    for node in run.nodes:
        if node.type == "TRIGGER":
            branches[node.name] = tree.add(_node(node))
            continue
        leaf = branches[node.trigger_name].add(_node(node))
        if node.error and errors:
            for part in filter(None, (node.error, "\n".join(node.log_tail[-_SHOWN_LOG:]))):
                leaf.add(Text(part, style="red"))
    return tree


def print_report(report: LocalRunReport, to: Console) -> None:
    """Prints what a run did."""
    to.print()
    for run in report.runs:
        to.print(run_tree(run))
    to.print()
    if report.tables:
        _print_tables(report.tables, to)
    else:
        to.print("No table: nothing became rows.")
    to.print()
    to.print(_accounting(report.accounting))
    for table, read_as in report.read_as().items():
        to.print(Text(f"{table}: events read as {in_words(read_as)}"), soft_wrap=True)
    if report.reasons:
        to.print(Text(f"In s3://{report.lake_bucket}/quarantine/: {_reasons(report.reasons)}"), soft_wrap=True)
    # What a run that went wrong did not use says nothing about its roles.
    for note in report.access.notes() if report.access and not report.problems() else []:
        to.print(Text(f"IAM: {note}"), soft_wrap=True)
    print_sentences(report.problems(), report.notes(), to)


def print_conversion(report: FolderReport, output: str, to: Console) -> None:
    """Prints what became of a folder's objects, and of their events."""
    counts = ((name.replace("_", " "), f"{count:,}") for name, count in report.accounting.counts().items())
    to.print()
    print_pairs([*_conversion(report, output).items(), *counts], to)
    print_sentences(report.problems(), report.notes(), to)
    if report.accounting.quarantined or report.quarantined_before:
        see = f"loglake quarantine show {report.table} --output {shlex.quote(output)}"
        to.print(f"To see what is in quarantine, and why: {see}", soft_wrap=True, markup=False)


def _conversion(report: FolderReport, output: str) -> dict[str, str]:
    copies = f", {counted(report.copies, 'copy', 'copies')}" if report.copies else ""
    skipped = f"{report.done:,} already converted{copies}"
    lines = {
        "table": f"{output.rstrip('/')}/{report.table}",
        "log group": report.log_group,
        "objects": f"{report.objects:,} converted; skipped: {skipped}",
    }
    if report.objects:
        size = sum(each.size_bytes for each in report.files)
        lines["format"] = ", ".join((report.format, *report.also))
        lines["read as"] = in_words(report.accounting.read_as) or "-"
        files, partitions = counted(len(report.files), "file"), counted(len(report.partitions), "partition")
        lines["written"] = f"{files}, {partitions}, {size / 1e6:,.2f} MB"
    if report.columns and report.objects:
        lines["columns"] = _columns(report.columns)
    if report.accounting.quarantined:
        reasons = _reasons(report.reasons)
        lines["quarantine"] = f"{output.rstrip('/')}/_quarantine/{report.table}" + (f": {reasons}" if reasons else "")
    return lines


def _reasons(reasons: Mapping[str, int]) -> str:
    """The most frequent reasons of quarantine, with how often each is one."""
    most = sorted(reasons.items(), key=lambda item: -item[1])[:_SHOWN_REASONS]
    return "; ".join(f"{count:,} {reason}" for reason, count in most)


def print_sentences(problems: Sequence[str], notes: Sequence[str], to: Console) -> None:
    """Prints a line each: what needs a person first, then what is good to know."""
    for problem in problems:
        to.print(Text(f"! {problem}", style="bold red"), soft_wrap=True)
    for note in notes:
        to.print(Text(f"- {note}"), soft_wrap=True)


def _line(node: NodeView, *, errors: bool) -> str:
    took = f" after {node.seconds:.1f} s" if node.ended_ms is not None and node.type != "TRIGGER" else ""
    return f"{node.type.lower()} {node.name} {node.state}{took}" + (f": {node.error}" if node.error and errors else "")


def _node(node: NodeView) -> Text:
    took = f"  {node.seconds:.1f} s" if node.seconds is not None and node.type != "TRIGGER" else ""
    return Text.assemble((f"{node.type.lower()} ", "dim"), node.name, "  ", _state(node.state), took)


def _state(state: str) -> tuple[str, str]:
    return state, _STYLES.get(state, "dim")


def _print_tables(tables: Sequence[TableReport], to: Console) -> None:
    wide = to.width >= _NARROW
    rows = [
        [
            f"{table.database}.{table.name}",
            f"{table.rows:,}",
            str(table.partitions),
            _columns(table.columns) if wide else str(len(table.columns)),
        ]
        for table in tables
    ]
    numbers = {"rows", "partitions"} if wide else {"rows", "partitions", "columns"}
    spare = ("partitions", "columns")
    print_table(("table", "rows", "partitions", "columns"), rows, to, right=numbers, spare=spare)


def _columns(columns: Mapping[str, str]) -> str:
    """How many there are, and the first of those that are the events' own."""
    own = [f"{name} {kind}" for name, kind in columns.items() if name not in {*ENVELOPE, *TRAILER}]
    shown = ", ".join(own[:_SHOWN_COLUMNS]) + (", ..." if len(own) > _SHOWN_COLUMNS else "")
    return f"{len(columns)}: {shown}" if own else str(len(columns))


def _accounting(accounting: Accounting) -> Text:
    counts = accounting.counts()
    parts = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in counts if name != "events_in"]
    return Text(f"{counts['events_in']:,} events in = " + " + ".join(parts[:4]) + f"; {parts[4]}")
