"""Progress of long work: a bar on a terminal, a line now and then elsewhere, nothing with ``--quiet``."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from gluelocal.engine.views import NodeView, Part, RunView, Snapshot
from loglake_cli.cli.shared.output import console
from loglake_cli.cli.shared.pace import BYTES, PERCENT, Pace
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.cli.shared.verbs import QUIET

pytestmark = pytest.mark.unit

TRIGGER = NodeView("TRIGGER", "start", "FIRED", started_ms=0, ended_ms=0, seconds=0.0)
EXPORT = NodeView("JOB", "export-logs", "RUNNING", "start", started_ms=0, seconds=3.2)
CONVERT = NodeView("JOB", "convert-logs", "WAITING", "start")
COUNTED = replace(EXPORT, seconds=60.0, part=Part(6, 9, "windows"))


class Clock:
    """A clock that tests move."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def run_of(*nodes: NodeView, status: str = "RUNNING") -> RunView:
    return RunView("log-export", "wr_1", status, {}, nodes, 0, None, 4.0, (), None)


def snapshot_of(*nodes: NodeView) -> Snapshot:
    return Snapshot((run_of(*nodes),), False)


def terminal(width: int = 100) -> tuple[Console, io.StringIO]:
    """A terminal, and its output."""
    out = io.StringIO()
    return Console(file=out, force_terminal=True, color_system=None, width=width, highlight=False), out


def file() -> tuple[Console, io.StringIO]:
    """A console that is not a terminal, and its output."""
    out = io.StringIO()
    return Console(file=out, width=100, highlight=False), out


def drawn(out: io.StringIO, text: str) -> str:
    """The output up to the moment at which a text appears."""
    deadline = time.monotonic() + 10
    while text not in out.getvalue():
        assert time.monotonic() < deadline, out.getvalue()
        time.sleep(0.02)
    return out.getvalue()


@pytest.mark.parametrize(
    ("pace", "short", "text"),
    [
        (Pace(0.0), False, "90 s"),
        (Pace(0.0, 0, 4), False, "0 of 4 parts, 90 s"),
        (Pace(0.0, 0, 1, "windows"), False, "0 of 1 window, 90 s"),
        (Pace(0.0, 1, 4, "windows"), False, "1 of 4 windows, 40.0 an hour, about 4 min 30 s left"),
        (Pace(0.0, 3, 4, "windows"), False, "3 of 4 windows, 2.0 a minute, about 30 s left"),
        (Pace(0.0, 900, 1000), False, "900 of 1,000 parts, 10.0 a second, about 10 s left"),
        (Pace(0.0, 900, 1000), True, "900 of 1,000 parts, about 10 s left"),
        (Pace(0.0, 4, 4, "windows"), False, "4 of 4 windows, 90 s"),
        (
            Pace(0.0, 9_000_000, 10**9, BYTES),
            False,
            "9.0 of 1,000.0 MB, 100.0 kB a second, about 2 h 45 min left",
        ),
        (Pace(0.0, 9_000, 18_000, BYTES), False, "9.0 of 18.0 kB, 0.1 kB a second, about 90 s left"),
        (Pace(0.0, 75, 100, PERCENT), False, "75 %, about 30 s left"),
    ],
)
def test_the_pace_of_work(pace: Pace, short: bool, text: str) -> None:
    assert pace.text(90.0, short) == text


def test_a_line_says_how_far_it_is_by_the_clock() -> None:
    to, _ = file()
    clock = Clock()
    progress = Progress(to, now_s=clock)
    progress.begin("Comparing files", "files")
    clock.now_s += 10
    assert progress.lines() == ["Comparing files ... 10 s"]
    progress.part(5, 20)
    assert progress.lines() == ["Comparing files ... 5 of 20 files, 30.0 a minute, about 30 s left"]


def test_nodes_that_run_have_lines_of_their_own() -> None:
    to, out = file()
    with Progress(to) as progress:
        progress.show(snapshot_of(TRIGGER, COUNTED, CONVERT))
        assert progress.lines() == [
            "log-export: job export-logs RUNNING ... 6 of 9 windows, 6.0 a minute, about 30 s left"
        ]
        ended = replace(COUNTED, state="SUCCEEDED", ended_ms=60_000)
        progress.show(snapshot_of(TRIGGER, ended, replace(CONVERT, state="RUNNING", seconds=31.0)))
        assert progress.lines() == ["log-export: job convert-logs RUNNING ... 31 s"]
        progress.show(snapshot_of(TRIGGER, ended, replace(CONVERT, state="SUCCEEDED", ended_ms=99_000, seconds=39.0)))
        assert progress.lines() == ["Starting ... 0 s"]
    assert out.getvalue().splitlines()[2] == "log-export: job export-logs SUCCEEDED after 60.0 s"


@pytest.mark.parametrize(
    ("width", "bar", "far"),
    [
        (80, "━" * 10 + " " * 10, "1 of 2 windows, 1.0 a minute, about 60 s left"),
        (40, "━" * 5, "1 of 2 windows, about"),
    ],
)
def test_a_terminal_has_a_bar_that_fits(width: int, bar: str, far: str) -> None:
    to, out = terminal(width)
    clock = Clock()
    with Progress(to, now_s=clock) as progress:
        progress.say("Exporting and converting (the account's one export slot has somebody else's task)", "windows")
        clock.now_s += 60
        progress.part(1, 2)
        shown = drawn(out, far)
    assert bar in shown
    for line in re.sub(r"\x1b\[[\d?]*[A-Za-z]", "", shown).replace("\r", "\n").splitlines():
        assert len(line) <= width, line


def test_a_terminal_shows_how_far_a_node_is() -> None:
    to, out = terminal()
    with Progress(to) as progress:
        progress.show(snapshot_of(TRIGGER, COUNTED, CONVERT))
        assert "6 of 9 windows, 6.0 a minute, about 30 s left" in drawn(out, "6 of 9")


def test_what_is_printed_meanwhile_is_not_mixed_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    to, out = terminal()
    with Progress(to) as progress:
        progress.say("Working")
        drawn(out, "Working")
        with progress.paused():
            before = out.getvalue()
            print("result")
            time.sleep(0.3)
            assert out.getvalue() == before
        progress.say("Going on")
        drawn(out, "Going on")
    assert capsys.readouterr().out == "result\n"
    assert "result" not in out.getvalue()


@pytest.fixture
def quiet() -> Iterator[None]:
    token = QUIET.set(True)
    yield
    QUIET.reset(token)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("make", [terminal, file])
def test_quiet_work_prints_nothing(make: object) -> None:
    to, out = terminal() if make is terminal else file()
    with Progress(to) as progress:
        progress.say("Deploying")
        progress.part(1, 2)
        progress.show(snapshot_of(TRIGGER, EXPORT))
        with progress.paused():
            pass
    assert out.getvalue() == ""


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert console(stderr=True).no_color


def test_where_there_is_no_terminal_each_change_is_a_line() -> None:
    to, out = file()
    done = replace(EXPORT, state="SUCCEEDED", ended_ms=3200)
    failed = replace(CONVERT, state="FAILED", ended_ms=5000, seconds=1.8, error="ValueError: no [red]")
    with Progress(to) as progress:
        progress.say("Deploying [/x]")
        for nodes in ((TRIGGER, EXPORT, CONVERT), (TRIGGER, EXPORT, CONVERT), (TRIGGER, done, failed)):
            progress.show(Snapshot((run_of(*nodes),), False))
    assert out.getvalue().splitlines() == [
        "Deploying [/x]",
        "log-export: trigger start FIRED",
        "log-export: job export-logs RUNNING",
        "log-export: job export-logs SUCCEEDED after 3.2 s",
        "log-export: job convert-logs FAILED after 1.8 s",
    ]


def test_long_work_gives_a_line_now_and_then_with_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    to, out = file()
    monkeypatch.setattr(Progress, "EVERY_S", 0.01)
    with Progress(to) as progress:
        progress.begin("Converting 9 objects")
        progress.part(1, 4)
        deadline = time.monotonic() + 10
        while out.getvalue().count("\n") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    lines = out.getvalue().splitlines()
    assert re.fullmatch(r"Converting 9 objects \.\.\. 1 of 4 parts, [\d.,]+ a \w+, about \d+ s left", lines[-1])
    time.sleep(0.05)
    assert out.getvalue().splitlines() == lines  # it has ended


def test_what_ends_without_a_report_says_at_once_why_a_node_failed() -> None:
    to, out = file()
    failed = replace(CONVERT, state="FAILED", ended_ms=5000, seconds=1.8, error="ValueError: no [red]")
    with Progress(to, errors=True) as progress:
        progress.show(Snapshot((run_of(TRIGGER, failed),), False))
    assert out.getvalue().splitlines()[1] == "log-export: job convert-logs FAILED after 1.8 s: ValueError: no [red]"


def test_a_terminal_shows_the_graph_while_it_happens_and_is_clean_afterwards() -> None:
    to, out = terminal()
    with Progress(to) as progress:
        progress.say("Running the workflow")
        progress.show(Snapshot((run_of(TRIGGER, EXPORT, CONVERT),), False))
        deadline = time.monotonic() + 10
        while "convert-logs" not in (shown := out.getvalue()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    assert "Running the workflow" in shown
    assert re.search(r"log-export  RUNNING  4\.0 s", shown)
    assert re.search(r"job export-logs  RUNNING  3\.2 s", shown)
    assert re.search(r"job convert-logs  WAITING\s", shown)
    assert "\x1b[2K" in out.getvalue()[len(shown) :]  # lines are erased
