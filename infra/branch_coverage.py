"""The branch coverage of a test run, per package and in total, and whether it is enough.

coverage.py's total counts statements and branches together. There are more statements, so they hide missed branches.
Here branches count alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAMED = 10
"""Files that are named where the coverage is not enough."""


@dataclass(frozen=True)
class Branches:
    """The number of branches, and how many of them were taken."""

    taken: int = 0
    all: int = 0

    def __add__(self, other: Branches) -> Branches:
        return Branches(self.taken + other.taken, self.all + other.all)

    @property
    def missed(self) -> int:
        """How many were not taken."""
        return self.all - self.taken

    def reach(self, percent: float) -> bool:
        """Whether at least `percent` of the branches were taken; True if there are no branches."""
        return self.taken * 100 >= percent * self.all

    def __str__(self) -> str:
        tenths = self.taken * 1000 // self.all if self.all else 1000  # cut, so that 100.0 means all of them
        return f"{tenths / 10:5.1f} % ({self.taken:,} of {self.all:,})"


def read_branches(report: str) -> dict[str, Branches]:
    """The branches by file.

    Args:
        report: the output of ``coverage json``.

    Raises:
        ValueError: it is not a report, or no branches were measured.
    """
    try:
        counts = {path: file["summary"] for path, file in json.loads(report)["files"].items()}
        files = {path: Branches(each["covered_branches"], each["num_branches"]) for path, each in counts.items()}
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"this is not a report of branches ({error!r}): give what `coverage json -o -` prints after a run with "
            "branches measured"
        ) from error
    if not files:
        raise ValueError("the report has no files: measure the packages first, with `pytest --cov`")
    return files


def lines(files: Mapping[str, Branches]) -> list[str]:
    """A line for each package, and one for all of them."""
    packages: dict[str, Branches] = defaultdict(Branches)
    for path, branches in files.items():
        packages[path.split("/")[0]] += branches
    lines = [*sorted(packages.items()), ("all", sum(packages.values(), Branches()))]
    return [f"{name:<12}{branches}" for name, branches in lines]


def shortfall(files: Mapping[str, Branches], percent: float) -> list[str]:
    """The message if all files together reach less than `percent`; lists the files with the most misses first."""
    if sum(files.values(), Branches()).reach(percent):
        return []
    worst = sorted(files.items(), key=lambda item: (-item[1].missed, item[0]))
    named = [f"  {branches.missed} missed in {path}" for path, branches in worst if branches.missed][:_NAMED]
    return [
        f"Less than {percent:g} % of the branches were taken by the tests: test what these files do there",
        *named,
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the report from standard input; 0 if the coverage is enough, 1 if it is not, 2 if the report has none."""
    parser = argparse.ArgumentParser(prog="python -m infra.branch_coverage", description=__doc__)
    parser.add_argument("percent", type=float, help="how many of all branches have to be taken at least")
    percent = parser.parse_args(arguments).percent
    try:
        files = read_branches(sys.stdin.read())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines(files)))
    problems = shortfall(files, percent)
    for line in problems:
        print(line, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
