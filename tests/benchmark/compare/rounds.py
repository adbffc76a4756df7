"""Rounds of contenders, and what they come to."""

from __future__ import annotations

import shutil
import statistics
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
from benchmark.compare.checking import content
from benchmark.compare.measuring import ProgramDiedError, measure

CONTENDERS = ("loglake", "loglake_spark", "duckdb", "polars", "spark_sql", "spark_sql_single_line", "pandas")
WHOLE = {"loglake", "loglake_spark", "spark_sql", "pandas"}
"""Those that keep events of several lines whole."""

RATIOS = {
    "loglake / duckdb, seconds_total": ("loglake", "duckdb", "seconds_total"),
    "loglake / polars, seconds_total": ("loglake", "polars", "seconds_total"),
    "spark_sql / loglake_spark, seconds_job": ("spark_sql", "loglake_spark", "seconds_job"),
    "spark_sql / loglake_spark, seconds_total": ("spark_sql", "loglake_spark", "seconds_total"),
    "loglake / duckdb, cpu_seconds": ("loglake", "duckdb", "cpu_seconds"),
    "spark_sql / loglake_spark, cpu_seconds": ("spark_sql", "loglake_spark", "cpu_seconds"),
}
_COMPARED = {name for first, second, _ in RATIOS.values() for name in (first, second)}

Runs = dict[str, dict[str, dict[str, Any]]]
"""By contender and round: the numbers of a run, or how it ``died``."""


def run_rounds(source: Path, made: Path, rounds: int, names: tuple[str, ...]) -> Runs:
    """Runs all contenders in turn, and prints a line for each run."""
    runs: Runs = {name: {} for name in names}
    programs = Path(__file__).parent / "contenders"
    for number in range(1, rounds + 1):
        for name in names:
            if number == 1 or name in _COMPARED:
                runs[name][str(number)] = one_run(f"round {number}  {name}", programs / f"{name}.py", source, made)
    return runs


def one_run(title: str, program: Path, source: Path, made: Path, *more: str) -> dict[str, Any]:
    """The numbers of a run and of what it wrote, or how it ``died``; its files are gone afterwards."""
    try:
        measured = asdict(measure(program, source, made, *more))
        taken = {**measured, **content(made)}
        print(f"{title:40}{measured['seconds_total']:8.2f} s{measured['cpu_seconds']:8.2f} CPU s", flush=True)
    except (ProgramDiedError, duckdb.Error) as death:
        taken = {"died": f"{title}: {death}"}
        print(f"{title:40}    DIED: {death}", flush=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return taken


def best(taken: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The run that took the least time; if all died, how the first one did."""
    lived = [one for one in taken.values() if "died" not in one]
    return min(lived, key=lambda one: one["seconds_total"]) if lived else next(iter(taken.values()))


def deaths(runs: Runs) -> list[str]:
    """All deaths, in words."""
    return [one["died"] for taken in runs.values() for one in taken.values() if "died" in one]


def ratios(runs: Runs) -> dict[str, float]:
    """The median ratio over the rounds that both contenders survived."""
    made = {}
    for title, (first, second, field) in RATIOS.items():
        mine, others = runs.get(first, {}), runs.get(second, {})
        both = [(mine[key], others[key]) for key in mine if key in others]
        found = [one[field] / other[field] for one, other in both if "died" not in one and "died" not in other]
        if found:
            made[title] = statistics.median(found)
    return made
