"""A chart of a simulation: lag, queue and tasks over time. The same numbers give the same file, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from loglake.core.ledger.row import Queue
from loglake.core.units import MS_PER_DAY
from simulation.account import START_MS
from simulation.report import Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    Queue.REQUESTED: "#777777",
    Queue.FRESH: "#0072b2",
    Queue.CATCH_UP: "#d55e00",
    Queue.SETTLED: "#009e73",
    Queue.FINAL: "#cc79a7",
}
"""Told apart also by who sees no red or no green."""

_DRAWN = (Queue.FRESH, Queue.CATCH_UP, Queue.SETTLED, Queue.FINAL)

_STYLE = {
    "svg.hashsalt": "loglake",  # ids in the file depend on this alone
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the picture needs no font of the machine
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
}


def draw(report: Report, path: Path) -> None:
    """Writes the picture, as SVG."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a moment, and every process of the tests reads this file
    from matplotlib.figure import Figure  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type] # its keys are literals there
        figure = Figure(figsize=(10, 9), layout="constrained")
        lag, queue, tasks = figure.subplots(3, 1, sharex=True, gridspec_kw={"height_ratios": (3, 2, 2)})
        _lag(report, lag)
        _queue(report, queue)
        _tasks(report, tasks)
        for axes in (lag, queue, tasks):
            _outages(report, axes)
        tasks.set_xlabel("day")
        tasks.set_xlim(0, report.scenario.days)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _lag(report: Report, axes: Axes) -> None:
    day = np.arange(report.scenario.days) + 0.5
    for column, name, colour in (
        (3, "the most", "#999999"),
        (1, "90 % below", "#d55e00"),
        (0, "half below", "#0072b2"),
    ):
        axes.plot(day, report.daily[:, column], color=colour, lw=1.4, label=name)
    axes.set_ylabel("hours")
    axes.set_ylim(bottom=0)
    axes.set_title("Fresh lag: from an hour's end until it is in the table", loc="left", fontsize=11)
    _legend(axes)


def _queue(report: Report, axes: Axes) -> None:
    snapshots = report.measures.snapshots[::6]
    day = [(snapshot.at_ms - START_MS) / MS_PER_DAY for snapshot in snapshots]
    axes.stackplot(
        day,
        [[snapshot.waiting[queue] for snapshot in snapshots] for queue in _DRAWN],
        colors=[COLOURS[queue] for queue in _DRAWN],
        labels=[_word(queue) for queue in _DRAWN],
        lw=0,
    )
    axes.set_ylabel("windows")
    axes.set_ylim(bottom=0)
    axes.set_title("What waits for the export slot", loc="left", fontsize=11)
    _legend(axes)


def _tasks(report: Report, axes: Axes) -> None:
    days = range(report.scenario.days)
    counts = report.measures.tasks
    axes.stackplot(
        [day + 0.5 for day in days],
        [[counts[day, queue] for day in days] for queue in _DRAWN],
        colors=[COLOURS[queue] for queue in _DRAWN],
        labels=[_word(queue) for queue in _DRAWN],
        lw=0,
    )
    axes.set_ylabel("a day")
    axes.set_ylim(bottom=0)
    axes.set_title("Exports in the table, by day", loc="left", fontsize=11)
    _legend(axes)


def _word(queue: Queue) -> str:
    return queue.value.replace("_", " ")


def _legend(axes: Axes) -> None:
    """Draws the legend above the right corner, where space is free."""
    axes.legend(
        loc="lower right", bbox_to_anchor=(1, 0.98), ncols=5, frameon=False, columnspacing=1.2, handlelength=1.2
    )


def _outages(report: Report, axes: Axes) -> None:
    """Draws outages as grey bands, labelled in the first picture."""
    for first in report.scenario.outages:
        end = first + report.scenario.outage_days
        axes.axvspan(first, end, color="#444444", alpha=0.2, lw=0)
        if axes.get_ylabel() == "hours":
            top = axes.get_ylim()[1]
            axes.text(
                end + report.scenario.days / 200,
                top * 0.9,
                "no run for three days",
                fontsize=9,
                backgroundcolor="white",
            )
