"""A bar chart with the seconds of each contender."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def draw(results: dict[str, Any], path: Path) -> None:
    """Writes the chart; pale bars are those of contenders that lose lines."""
    from matplotlib import rc_context  # noqa: PLC0415 - takes a moment, and every process of the tests reads this file
    from matplotlib.figure import Figure  # noqa: PLC0415

    taken = {name: one for name, one in results["contenders"].items() if "died" not in one}
    names = sorted(taken, key=lambda name: -taken[name]["seconds_total"])
    figure = Figure(figsize=(7, 0.45 * len(names) + 1))
    axes = figure.subplots()
    colours = ["#2a6f97" if taken[name]["multi_line"] else "#a9c6d9" for name in names]
    bars = axes.barh(names, [taken[name]["seconds_total"] for name in names], color=colours)
    axes.bar_label(bars, fmt="%.1f", padding=3)
    megabytes = results["input"]["bytes"] / 1e6
    axes.set_xlabel(f"seconds, whole process, {megabytes:,.0f} MB of text; pale: loses lines of events")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    with rc_context({"svg.hashsalt": "loglake"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
