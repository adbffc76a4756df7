"""Long work while it happens, on standard error: live on a terminal, a line now and then elsewhere.

Every long command uses `Progress`, so that all look the same, and ``--quiet`` silences all of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Callable, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gluelocal.engine.views import NodeView, RunView, Snapshot
from gluelocal.shown_stream import visible
from loglake_cli.cli.shared.pace import Pace
from loglake_cli.cli.shared.verbs import QUIET

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
_SHOWN_LOG = 5
"""Last lines of a failed job's log that are shown."""

_BAR, _SHORT_BAR = 20, 10
"""Columns of a bar, and of one on a narrow terminal."""

_NARROW = 70
"""A narrower terminal has a shorter bar, and no speed beside it."""


class Progress:
    """Shows work while it happens; a context manager, which may be entered again.

    Without a terminal it prints a line per `EVERY_S`.
    """

    EVERY_S = 10.0

    def __init__(
        self, to: Console, *, errors: bool = False, lasting: bool = False, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Shows nothing yet.

        Args:
            to: the console of standard error.
            errors: show why a node failed, for commands without a final report.
            lasting: what is said stays on a terminal, too.
            now_s: the clock that only goes forward.
        """
        self._console, self._errors, self._now_s = to, errors, now_s
        self._prints = lasting or not to.is_terminal
        self._snapshot: Snapshot | None = None
        self._said = "Starting"
        self._pace = Pace(now_s())
        self._quiet = QUIET.get()
        self._spinner = Spinner("dots")
        self._ended = threading.Event()
        self._printed: dict[tuple[str, str], str] = {}
        # Output that is printed meanwhile is a command's result, and goes to standard output: see `paused`.
        self._live = Live(
            console=to,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=self._render,
        )
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        if self._quiet:
            return self
        if self._console.is_terminal:
            self._undo.enter_context(self._live)
        else:
            self._ended.clear()
            beat = threading.Thread(target=self._go_on, name="progress", daemon=True)
            beat.start()
            self._undo.callback(beat.join)
            self._undo.callback(self._ended.set)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    def _go_on(self) -> None:
        while not self._ended.wait(self.EVERY_S):
            for line in self.lines():
                self._console.print(Text(line), soft_wrap=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hides it for a block that prints or asks something."""
        is_shown = self._live.is_started
        self._live.stop()
        try:
            yield
        finally:
            if is_shown:
                self._live.start()

    def lines(self) -> list[str]:
        """The current progress: the running nodes, else the last message."""
        runs = self._snapshot.runs if self._snapshot else ()
        running = [(run.name, node) for run in runs for node in run.nodes if node.state == "RUNNING"]
        far = [f"{name}: {_line(node)} ... {_pace(node).text(node.seconds or 0.0)}" for name, node in running]
        return far or [f"{self._said} ... {self._pace.text(self._now_s())}"]

    def begin(self, what: str, unit: str = "parts") -> None:
        """Notes a beginning step; without a terminal it prints a line only if the step takes long.

        Args:
            what: in a few words.
            unit: what `part` counts; see `Pace`.
        """
        self._said, self._pace = what, Pace(self._now_s(), unit=unit)

    def part(self, through: int, of: int) -> None:
        """Notes how much of the last step is done."""
        self._pace.through, self._pace.of = through, of

    def say(self, what: str, unit: str = "parts") -> None:
        """Shows a step outside of the workflow runs."""
        self.begin(what, unit)
        if self._prints and not self._quiet:
            self._console.print(Text(what), soft_wrap=True)  # plain text: brackets in it are not markup

    def show(self, snapshot: Snapshot) -> None:
        """Shows the state of the workflow runs: all of it on a terminal, else the changes."""
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
        short = self._console.width < _NARROW
        parts: list[RenderableType] = [
            run_tree(run, errors=self._errors, short=short) for run in (self._snapshot.runs if self._snapshot else ())
        ]
        passed = "" if self._pace.of else f"  {self._pace.text(self._now_s())}"
        said = Text(self._said, style="dim", no_wrap=True)
        said.truncate(max(_SHORT_BAR, self._console.width - len(passed) - 3), overflow="ellipsis")
        line = Table.grid(padding=(0, 1))
        line.add_row(self._spinner, said.append(passed))
        far = [Padding(_bar(self._pace, self._now_s(), short), (0, 0, 0, 2))] if self._pace.of else []
        return Group(*parts, line, *far)


def _bar(pace: Pace, now_s: float, short: bool) -> Table:
    """A bar, and the progress beside it."""
    line = Table.grid(padding=(0, 1))
    bar = ProgressBar(total=pace.of or 1, completed=pace.through, width=_SHORT_BAR if short else _BAR)
    line.add_row(bar, Text(pace.text(now_s, short), style="dim", no_wrap=True, overflow="ellipsis"))
    return line


def run_tree(run: RunView, *, errors: bool = False, short: bool = False) -> Tree:
    """A run's graph: each trigger, and below it what it starts, with state, duration and progress.

    Args:
        run: that of the graph.
        errors: show why a node failed, and the end of its log.
        short: for a narrow terminal.
    """
    tree = Tree(
        Text.assemble((run.name, "bold"), "  ", _state(run.status), f"  {run.seconds:.1f} s"), guide_style="dim"
    )
    branches: dict[str, Tree] = {}
    for node in run.nodes:
        if node.type == "TRIGGER":
            branches[node.name] = tree.add(_node(node))
            continue
        leaf = branches[node.trigger_name].add(_node(node))
        if node.part and node.state == "RUNNING":
            leaf.add(_bar(_pace(node), node.seconds or 0.0, short))
        if node.error and errors:
            for part in filter(None, (node.error, "\n".join(node.log_tail[-_SHOWN_LOG:]))):
                leaf.add(Text(visible(part), style="red"))
    return tree


def _pace(node: NodeView) -> Pace:
    """The pace of a node: its clock begins with the node, and it may count its work."""
    return Pace(0.0, node.part.done, node.part.of, node.part.unit) if node.part else Pace(0.0)


def _line(node: NodeView, *, errors: bool = False) -> str:
    took = f" after {node.seconds:.1f} s" if node.ended_ms is not None and node.type != "TRIGGER" else ""
    return f"{node.type.lower()} {node.name} {node.state}{took}" + (f": {node.error}" if node.error and errors else "")


def _node(node: NodeView) -> Text:
    took = f"  {node.seconds:.1f} s" if node.seconds is not None and node.type != "TRIGGER" else ""
    return Text.assemble((f"{node.type.lower()} ", "dim"), node.name, "  ", _state(node.state), took)


def _state(state: str) -> tuple[str, str]:
    return state, _STYLES.get(state, "dim")
