"""The branch coverage of a test run: ``coverage json -q -o - | python -m infra.branch_coverage PERCENT``.

coverage.py's own gate counts statements and branches together. There are more statements, so they hide missed branches.
Here branches count alone.
"""

from __future__ import annotations

import argparse
import json
import sys

_NAMED = 10
"""Files that are named where the coverage is not enough."""


def verdict(report: str, percent: float) -> tuple[str, bool]:
    """What to print, and whether at least `percent` of the branches were taken.

    Args:
        report: what ``coverage json`` writes after a run with branches measured.
        percent: how many of all branches have to be taken at least.
    """
    found = json.loads(report)
    all_of_them, taken = found["totals"]["num_branches"], found["totals"]["covered_branches"]
    lines = [f"{taken:,} of {all_of_them:,} branches were taken by the tests"]
    enough = bool(all_of_them) and taken * 100 >= percent * all_of_them
    if not enough:
        missed = {path: each["summary"]["missing_branches"] for path, each in found["files"].items()}
        worst = sorted(filter(missed.get, missed), key=lambda path: (-missed[path], path))[:_NAMED]
        lines.append(f"That is less than {percent:g} %. Test what these files do there:")
        lines += (f"  {missed[path]} missed in {path}" for path in worst)
    return "\n".join(lines), enough


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m infra.branch_coverage", description=__doc__)
    parser.add_argument("percent", type=float, help="how many of all branches have to be taken at least")
    text, enough = verdict(sys.stdin.read(), parser.parse_args().percent)
    print(text)
    sys.exit(not enough)
