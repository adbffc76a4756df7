"""Two pictures of what was simulated: before there was reading, and since. The same numbers give the same files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulation.many_groups.cases import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE, SINCE = "#d55e00", "#0072b2"
"""Told apart also by who sees no red or no green."""

_STYLE = {
    "svg.hashsalt": "loglake",  # ids in the file depend on this alone
    "font.family": "DejaVu Sans",  # comes with matplotlib, so the picture needs no font of the machine
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "figure.facecolor": "white",
}

OLD_TASK_A_DAY_S = 79
"""An export task with the pause after it: history was a task for each day of a log group."""


def draw(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Writes a picture as SVG for each kind of case that has outcomes."""
    import matplotlib as mpl  # noqa: PLC0415 - takes a moment, and every process of the tests reads this file
    from matplotlib.figure import Figure  # noqa: PLC0415

    hourly = [each for each in outcomes if each.pages == 2]
    history = [each for each in outcomes if each.is_history]
    written = []
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type] # its keys are literals there
        for name, mine, drawn in (("log-groups", hourly, _hourly), ("history", history, _history)):
            figure = Figure(figsize=(8, 3.6), layout="constrained")
            if mine:
                drawn(mine, figure.subplots())
                written.append(_saved(figure, folder / f"{name}.svg"))
    return written


def _saved(figure: Figure, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    return path


def _hourly(outcomes: Sequence[Outcome], axes: Axes) -> None:
    for by_task, name, colour in ((True, "by export tasks alone", BEFORE), (False, "small windows are read", SINCE)):
        mine = sorted((each.groups, each.lag[1] / 60) for each in outcomes if each.by_task is by_task)
        axes.plot([groups for groups, _ in mine], [hours for _, hours in mine], "o-", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(ticks := [20, 50, 100, 200, 500, 1000, 2000, 3000], [f"{each:,}" for each in ticks])
    axes.set_yticks(hours := [0.5, 1, 2, 5, 10, 24], [f"{each:g} h" for each in hours])
    axes.minorticks_off()
    axes.set_xlabel("log groups, each hour on its own, two pages an hour")
    axes.set_title("90 % of all hours are in the table so long after their end", loc="left", fontsize=11)
    axes.legend(frameon=False)


def _history(outcomes: Sequence[Outcome], axes: Axes) -> None:
    names = [each.name for each in outcomes]
    before = [each.groups * 365 * OLD_TASK_A_DAY_S / 86_400 for each in outcomes]
    since = [each.days for each in outcomes]
    for shift, days, name, colour in (
        (0.2, before, "a task for each day (reckoned)", BEFORE),
        (-0.2, since, "months, by task or read (simulated)", SINCE),
    ):
        bars = axes.barh([number + shift for number in range(len(names))], days, 0.38, color=colour, label=name)
        axes.bar_label(bars, [f" {each:,.1f}" if each < 10 else f" {each:,.0f}" for each in days])
    axes.set_yticks(range(len(names)), names)
    axes.set_xscale("log")
    axes.set_xlim(0.5, 5 * max(before))
    axes.set_xticks(ticks := [1, 10, 100, 1000], [f"{each:,}" for each in ticks])
    axes.minorticks_off()
    axes.set_xlabel("days")
    axes.set_title("Until a year of history is in the table", loc="left", fontsize=11)
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=2)
