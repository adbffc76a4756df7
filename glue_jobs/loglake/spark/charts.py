"""Charts of events over time for notebooks, with Matplotlib: colours by severity, and a gap is a gap.

Times are UTC. pandas and Matplotlib are imported when a function is called: the jobs need neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pyspark.sql import DataFrame

LEVELS: Mapping[str, str] = {
    "FATAL": "#6b1532",
    "ERROR": "#c8364b",
    "WARN": "#e8a33d",
    "INFO": "#4a86b8",
    "DEBUG": "#93a5b8",
    "TRACE": "#c3ccd6",
    "none": "#c9c2b8",
}
"""The colour of each level, the most severe first; ``none`` is for events without a level."""

SERIES: Sequence[str] = ("#4a86b8", "#7b5ea7", "#c8364b", "#3f9c77", "#e8a33d", "#5b6770")
"""Colours of what has no severity."""

_GAP = "#f1efe9"
_GRID = "#dfe3e8"
_TEXT = "#39424e"
_HOUR = "1h"
_DATES = ("%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S.%f")
_DATES_AT_ZERO = ("", "%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M")
"""How a time axis writes years, months, days, hours, minutes and seconds, and the first of each."""


def events_per_hour(frame: DataFrame) -> pd.DataFrame:
    """Counts the events of a table by hour and level.

    Args:
        frame: with ``event_time`` and ``level``.

    Returns:
        A row for every hour from the first event to the last one, a column for each level, the most severe first.
        All of an hour without an event is NaN.
    """
    level = F.coalesce(F.upper("level"), F.lit("none")).alias("level")
    counted: Any = frame.groupBy(F.date_trunc("hour", "event_time").alias("hour"), level).count().toPandas()
    table = counted.pivot_table(index="hour", columns="level", values="count", aggfunc="sum").fillna(0)
    known = [each for each in LEVELS if each in table.columns]
    return with_gaps(table[[*known, *(each for each in table.columns if each not in LEVELS)]])


def with_gaps(table: pd.DataFrame, step: str = _HOUR) -> pd.DataFrame:
    """Gives a table a row for every step from its first time to its last one; new rows are NaN, so lines break there.

    Args:
        table: its index has times.
        step: as pandas writes it, such as ``15min``.
    """
    return table.sort_index().asfreq(step)


def gaps(table: pd.DataFrame, step: str = _HOUR) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The times without an event: first and last instant of each row of rows that are NaN.

    Args:
        table: as `with_gaps` gives it.
        step: of the table.
    """
    import pandas as pd  # noqa: PLC0415

    empty = table.isna().all(axis="columns")
    runs = (empty != empty.shift()).cumsum()[empty]
    return [(times.min(), times.max() + pd.Timedelta(step)) for _, times in runs.index.to_series().groupby(runs)]


def new_chart(title: str, unit: str, rows: int = 1, height: float = 2.8) -> tuple[Figure, Any]:
    """A figure with one chart above the other, which share their time axis.

    Args:
        title: of the figure.
        unit: what the vertical axis of the first chart shows, such as ``requests per hour``.
        rows: how many charts.
        height: of each, in inches.

    Returns:
        The figure, and its chart; an array of charts if there are several.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, charts = plt.subplots(
        rows, 1, figsize=(9.5, height * rows), sharex=rows > 1, layout="constrained", squeeze=False
    )
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=_TEXT)
    for chart in charts[:, 0]:
        _plain(chart)
    charts[0, 0].set_ylabel(unit)
    return figure, charts[0, 0] if rows == 1 else charts[:, 0]


def bars(chart: Axes, table: pd.DataFrame, colours: Mapping[str, str] = LEVELS, step: str = _HOUR) -> None:
    """Draws the columns of a table as bars on each other, one bar per step; times without an event are shaded.

    Args:
        chart: of `new_chart`.
        table: as `with_gaps` gives it.
        colours: by column; a column without one gets one of `SERIES`.
        step: of the table.
    """
    import pandas as pd  # noqa: PLC0415

    width = pd.Timedelta(step)
    below = table.iloc[:, 0] * 0
    others = cycle(SERIES)
    for name in table.columns:
        colour = colours.get(str(name)) or next(others)
        chart.bar(table.index, table[name], width, bottom=below, align="edge", color=colour, label=name, linewidth=0)
        below = below + table[name].fillna(0)
    _times(chart, table, step)
    _legend(chart, backwards=True)


def lines(chart: Axes, table: pd.DataFrame, colours: Mapping[str, str] | None = None, step: str = _HOUR) -> None:
    """Draws the columns of a table as lines, which break at times without an event; these are shaded.

    Args:
        chart: of `new_chart`.
        table: as `with_gaps` gives it.
        colours: by column; a column without one gets one of `SERIES`.
        step: of the table.
    """
    import pandas as pd  # noqa: PLC0415

    middle = table.index + pd.Timedelta(step) / 2
    others = cycle(SERIES)
    for name in table.columns:
        colour = (colours or {}).get(str(name)) or next(others)
        chart.plot(middle, table[name], color=colour, label=name, linewidth=1.5, marker=".", markersize=3)
    chart.set_ylim(bottom=0)
    _times(chart, table, step)
    _legend(chart, backwards=False)


def shares(title: str, table: pd.DataFrame) -> Figure:
    """Draws shares from 0 to 1 as colours: a row for each column of a table, a column for each of its rows.

    Args:
        title: of the figure.
        table: a share that is 0 stays white.

    Returns:
        The figure.
    """
    from matplotlib import pyplot as plt  # noqa: PLC0415
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    figure, chart = plt.subplots(figsize=(9.5, 0.26 * len(table.columns) + 1), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=_TEXT)
    colours = LinearSegmentedColormap.from_list("shares", ["#d6e4f0", SERIES[0], "#12355b"])
    drawn = chart.pcolormesh(
        table.index.astype(str),
        table.columns,
        table.where(table > 0).T,
        cmap=colours,
        vmin=0,
        vmax=1,
        edgecolors="white",
        linewidth=2,
    )
    chart.invert_yaxis()
    chart.tick_params(colors=_TEXT, length=0)
    chart.spines[:].set_visible(False)
    scale = figure.colorbar(drawn, format="{x:.0%}", shrink=0.6)
    scale.outline.set_visible(False)
    scale.ax.tick_params(colors=_TEXT, length=0)
    return figure


def _times(chart: Axes, table: pd.DataFrame, step: str) -> None:
    """The time axis, and what is missing on it."""
    import pandas as pd  # noqa: PLC0415
    from matplotlib import dates  # noqa: PLC0415

    label = "no events"
    for begin, end in gaps(table, step):
        chart.axvspan(begin, end, color=_GAP, linewidth=0, zorder=0, label=label)
        label = "_again"  # Matplotlib leaves such a label out of the legend
    chart.set_xlim(table.index.min(), table.index.max() + pd.Timedelta(step))
    locator: Any = dates.AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    chart.xaxis.set_major_locator(locator)
    formatter = dates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator, formats=_DATES, zero_formats=_DATES_AT_ZERO, show_offset=False
    )
    chart.xaxis.set_major_formatter(formatter)
    place = chart.get_subplotspec()
    if place and place.is_last_row():
        chart.set_xlabel("time (UTC)")


def _plain(chart: Axes) -> None:
    from matplotlib.ticker import StrMethodFormatter  # noqa: PLC0415

    chart.spines[["top", "right", "left"]].set_visible(False)
    chart.spines["bottom"].set_color(_GRID)
    chart.grid(axis="y", color=_GRID, linewidth=0.8)
    chart.set_axisbelow(True)
    chart.tick_params(colors=_TEXT, length=0)
    chart.tick_params(axis="x", pad=6)  # away from the 0 of the other axis
    chart.xaxis.label.set_color(_TEXT)
    chart.yaxis.label.set_color(_TEXT)
    chart.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def _legend(chart: Axes, *, backwards: bool) -> None:
    chart.legend(
        loc="center left", bbox_to_anchor=(1, 0.5), reverse=backwards, frameon=False, labelcolor=_TEXT, handlelength=1.2
    )
