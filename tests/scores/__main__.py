"""Prints the four scores of each set, and their mean.

Exit status: 0 the mean reaches the targets, 1 it misses one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from scores.score import NAMES, Score, mean, missed, score
from scores.sets import fixture_sets, folder_sets


def main() -> None:
    """Prints a line per set, then the mean of all sets."""
    parser = argparse.ArgumentParser(prog="make score-formats", description=__doc__)
    beside = Path(__file__).parents[3] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside, help="a folder of real logs; without it fixtures only")
    options = parser.parse_args()
    scores = [score(each) for each in (*fixture_sets(), *folder_sets(options.data))]
    print(f"{'set':<24} {'events':>7} " + " ".join(f"{name:>12}" for name in NAMES))
    average = mean(scores)
    for each in [*scores, average]:
        print(_line(each))
    below = missed(average)
    for sentence in below:
        print(sentence, file=sys.stderr)
    sys.exit(1 if below else 0)


def _line(each: Score) -> str:
    return f"{each.name:<24} {each.events:>7,} " + " ".join(f"{100 * share:>10.1f} %" for share in each.shares)


if __name__ == "__main__":
    main()
