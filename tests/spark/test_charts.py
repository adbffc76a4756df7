"""Charts for notebooks: an hour without events is a gap, and each level has its colour. No test needs a JVM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from loglake.spark import charts

pytestmark = pytest.mark.unit

HOURS = pd.to_datetime(["2024-05-21 00:00", "2024-05-21 01:00", "2024-05-21 04:00", "2024-05-21 06:00"])
COUNTS = charts.with_gaps(pd.DataFrame({"ERROR": [1, 0, 2, 1], "odd": [0, 3, 1, 1]}, index=HOURS))


@pytest.fixture(autouse=True)
def _no_window() -> Iterator[None]:
    mpl.use("agg")
    yield
    from matplotlib import pyplot as plt  # noqa: PLC0415

    plt.close("all")


def shaded(chart: Any) -> list[tuple[pd.Timestamp, ...]]:
    grey = mpl.colors.to_rgb("#f1efe9")
    spans = [each for each in chart.patches if each.get_facecolor()[:3] == grey]
    ends = [(span.get_x(), span.get_x() + span.get_width()) for span in spans]
    return [tuple(pd.Timestamp(days, unit="D").round("s") for days in each) for each in ends]  # days since 1970


def test_gaps_are_the_hours_without_an_event() -> None:
    assert len(COUNTS) == 7
    assert charts.gaps(COUNTS) == [(HOURS[1] + pd.Timedelta("1h"), HOURS[2]), (HOURS[2] + pd.Timedelta("1h"), HOURS[3])]
    assert charts.gaps(COUNTS[:2]) == []


def test_bars_stand_on_each_other_in_the_colours_of_levels() -> None:
    _, chart = charts.new_chart("shop", "events per hour")
    charts.bars(chart, COUNTS)
    assert shaded(chart) == charts.gaps(COUNTS)
    errors, others = chart.containers
    assert errors.patches[0].get_facecolor() == mpl.colors.to_rgba(charts.LEVELS["ERROR"])
    assert [bar.get_y() for bar in others.patches][:2] == [1, 0]
    assert [text.get_text() for text in chart.get_legend().get_texts()] == ["odd", "ERROR", "no events"]


def test_lines_break_at_a_gap() -> None:
    figure, (top, bottom) = charts.new_chart("shop", "requests per hour", rows=2)
    charts.lines(top, COUNTS[["odd"]])
    charts.lines(bottom, COUNTS[["odd"]], {"odd": "#123456"})
    (line,) = bottom.lines
    assert line.get_color() == "#123456"
    assert pd.isna(line.get_ydata()[2:4]).all()
    assert bottom.get_ylim()[0] == 0
    figure.draw_without_rendering()
    assert (top.get_xlabel(), bottom.get_xlabel()) == ("", "time (UTC)")
    assert "21 May" in {label.get_text() for label in bottom.get_xticklabels()}


def test_shares_leave_zero_white() -> None:
    table = pd.DataFrame({"status": [1.0, 0.5], "basket": [0.0, 1.0]}, index=["2024-05-21", "2024-05-22"])
    figure = charts.shares("columns", table)
    (mesh,) = figure.axes[0].collections
    assert np.ma.getmaskarray(np.ma.asarray(mesh.get_array())).tolist() == [[False, False], [True, False]]
