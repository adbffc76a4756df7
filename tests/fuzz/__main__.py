"""`make fuzz`, or ``PYTHONPATH=tests python -m fuzz``: runs random raw objects through the kernels for a given time.

Exit status 0 if nothing was found, 1 if something was, 2 for bad usage. ``--case FILE`` runs a found case again.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from fuzz.case import Case
from fuzz.session import Session, seeds_from
from fuzz.worker import LIMIT_S, Worker

FOLDER = Path(".loglake/fuzz")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the fuzz, or one case."""
    options = _parser().parse_args(arguments)
    if options.case:
        return _again(options.case, options.limit)
    session = Session(options.folder, _say, options.limit, shrink_s=options.shrink)
    try:
        first = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
        _say(f"Fuzzing the kernels for {options.seconds:.0f} s, from seed {first} ...")
        counts = session.run(seeds_from(first), options.seconds)
    finally:
        session.close()
    for kind, (times, path) in counts.found.items():
        _say(f"  {times:,} x {kind}: run it again with `PYTHONPATH=tests python -m fuzz --case {path}`")
    _say(counts.summary())
    return 1 if counts.found else 0


def _again(case: Case, limit_s: float) -> int:
    worker = Worker(limit_s)
    try:
        finding = worker.judge(case).finding
    finally:
        worker.close()
    _say(f"FOUND: {finding.kind}\n{finding.detail}" if finding else "Nothing is wrong with this case.")
    return 1 if finding else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzzes the kernels.")
    parser.add_argument("--seconds", type=_positive, default=600.0, help="how long (default 600)")
    parser.add_argument("--seed", type=int, help="the first case's seed (default: a random one)")
    parser.add_argument("--case", type=_case, metavar="FILE", help="run the case of this file again, and no other")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where found cases go (default {FOLDER})")
    parser.add_argument("--limit", type=_positive, default=LIMIT_S, help=f"seconds of a case (default {LIMIT_S:.0f})")
    parser.add_argument("--shrink", type=float, default=60.0, help="seconds to make a found case smaller (default 60)")
    return parser


def _positive(text: str) -> float:
    number = float(text) if text.replace(".", "", 1).isdecimal() else 0
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def _case(text: str) -> Case:
    try:
        return Case.load(Path(text))
    except (OSError, ValueError, KeyError) as error:
        raise argparse.ArgumentTypeError(f"{text} is not a file that the fuzz wrote: {error!r}") from None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
