"""Compares the rows of a set, converted as a plain log file, with the rows that a person wants.

Exit status: 0 the mean of all sets reaches the targets, 1 it misses one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import loglake
from loglake.core.schema.format_choice import FLOOR
from scores.judge import Judgement, judged
from scores.wanted import WantedSet, moment, wanted_sets

NAMES = ("typed", "level", "time", "exact", "in a column")
TARGETS = {"typed": 0.97, "level": 0.98, "exact": 0.85, "in a column": 0.90}
"""What the mean of all sets has at least. No column of any set may mislead, so a wrong time counts there."""

TIMES = 25
"""A log is longer than a set: a pair that few events have is no column. So the lines stand in the file this often."""


def converted(known: WantedSet, folder: Path, times: int = TIMES) -> tuple[list[dict[str, Any]], int]:
    """The rows of a set's first lines, in their order, and how many of its events are plain text."""
    log = folder / "lines.log"
    log.write_text(known.lines * times, "utf-8")
    changed = ((known.last or moment("2026-11-21T12:00:00Z") or datetime.max) + timedelta(hours=1)).timestamp()
    os.utime(log, (changed, changed))
    report = loglake.convert(log, folder / "lake", table="lines", timezone="UTC", workers=1)
    if not report.accounting.rows_out:  # all of it is in quarantine
        return [], 0
    rows = sorted(loglake.read(folder / "lake", "lines").to_pylist(), key=lambda row: row["_line"])
    first = [row for row in rows if row["_line"] <= known.lines.count("\n")]
    return first, round(report.accounting.read_as.get(FLOOR, 0) / times)


def score(known: WantedSet, times: int = TIMES) -> Judgement:
    """Converts a set and compares."""
    with tempfile.TemporaryDirectory() as folder:
        return judged(known, *converted(known, Path(folder), times))


def mean(name: str, found: Sequence[Judgement]) -> Judgement:
    """The mean over sets, which all count the same, and all columns that mislead."""
    typed, level, time, exact, inside = (sum(column) / len(found) for column in zip(*(each.shares for each in found)))
    wrong = tuple(wrong for each in found for wrong in each.wrong)
    return Judgement(name, sum(each.events for each in found), typed, level, time, exact, inside, wrong)


def missed(average: Judgement) -> list[str]:
    """A sentence for each target that the mean misses."""
    below = [
        f"{name}: {100 * share:.1f} % is less than {100 * TARGETS[name]:.0f} %"
        for name, share in zip(NAMES, average.shares)
        if share < TARGETS.get(name, 0)
    ]
    return below + ([f"{len(average.wrong)} columns mislead"] if average.wrong else [])


def main() -> None:
    """Prints a line per set, then the means."""
    parser = argparse.ArgumentParser(prog="make score-columns", description=__doc__)
    parser.add_argument("--sets", default="", help="only sets whose name has this in it, such as set_b/npm")
    parser.add_argument("--times", type=int, default=TIMES, help="how often the lines stand in the file")
    parser.add_argument("--wrong", action="store_true", help="show each column that misleads")
    parser.add_argument("--json", action="store_true", help="print one document with all of this")
    options = parser.parse_args()
    found = [score(known, options.times) for known in wanted_sets() if options.sets in known.name]
    if not found:
        parser.error(f"no set has {options.sets!r} in its name")
    folders = sorted({each.name.partition("/")[0] for each in found})
    means = [mean(folder, [each for each in found if each.name.startswith(folder)]) for folder in folders]
    means.append(mean("all", found))
    if options.json:
        print(json.dumps({"sets": [asdict(each) for each in found], "means": [asdict(each) for each in means]}))
    else:
        print(f"{'set':<30} {'events':>7} " + " ".join(f"{name:>12}" for name in NAMES) + f" {'wrong':>7}")
        for each in [*found, *means]:
            shares = " ".join(f"{100 * share:>10.1f} %" for share in each.shares)
            print(f"{each.name:<30} {each.events:>7,} {shares} {len(each.wrong):>7,}")
            for wrong in each.wrong if options.wrong and each in found else ():
                print(f"    event {wrong.event}: {wrong.column} = {wrong.value!r} {wrong.why}")
    below = missed(means[-1])
    for sentence in below:
        print(sentence, file=sys.stderr)
    sys.exit(1 if below else 0)


if __name__ == "__main__":
    main()
