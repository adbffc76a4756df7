"""Runs cases until the time is over, and collects the findings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Callable

from fuzz.case import Case
from fuzz.convert import Convert
from fuzz.findings import Finding
from fuzz.generate import make_case
from fuzz.shrink import shrink
from fuzz.worker import LIMIT_S, Outcome, Worker
from loglake.kernels.convert import convert_bundle

Say = Callable[[str], None]


@dataclass
class EventCounts:
    """The counts of a session.

    Attributes:
        cases: how many were checked.
        raw_bytes: of their objects, as they are in the bucket.
        slowest_s: of a case, in seconds, and its seed.
        found: how often each kind of finding came, and the file of its first case.
    """

    cases: int = 0
    raw_bytes: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    slowest_seed: int = 0
    found: dict[str, tuple[int, Path]] = field(default_factory=dict)

    def add(self, case: Case, outcome: Outcome) -> None:
        """Counts a case."""
        self.cases += 1
        self.raw_bytes += sum(len(body.data) for body in case.bodies)
        if outcome.seconds > self.slowest_s:
            self.slowest_s, self.slowest_seed = outcome.seconds, case.seed

    def summary(self) -> str:
        """One line."""
        return (
            f"{self.cases:,} cases, {self.raw_bytes / 1e6:,.1f} MB of raw objects, slowest {self.slowest_s:.1f} s "
            f"(seed {self.slowest_seed}), {self.seconds:.0f} s: {len(self.found) or 'no'} finding"
            f"{'' if len(self.found) == 1 else 's'}"
        )


class Session:
    """Checks cases, and writes one that shows a finding to a file, made as small as a minute allows.

    Args:
        folder: where the files go.
        say: prints a line.
        limit_s: seconds that a case may take.
        run: the conversion to test.
        shrink_s: seconds to make a case smaller.
    """

    def __init__(
        self,
        folder: Path,
        say: Say,
        limit_s: float = LIMIT_S,
        run: Convert = convert_bundle,
        shrink_s: float = 60.0,
    ) -> None:
        self._folder = folder
        self._say = say
        self._shrink_s = shrink_s
        self._worker = Worker(limit_s, run)
        self.counts = EventCounts()

    def run(self, seeds: Iterator[int], seconds: float) -> EventCounts:
        """Checks the cases of the seeds until there are no more, or the time is over."""
        start = perf_counter()
        for seed in seeds:
            self.check(make_case(seed))
            self.counts.seconds = perf_counter() - start
            if self.counts.seconds >= seconds:
                break
        return self.counts

    def check(self, case: Case) -> Finding | None:
        """Checks one case."""
        outcome = self._worker.judge(case)
        self.counts.add(case, outcome)
        if outcome.finding:
            self._report(case, outcome.finding)
        return outcome.finding

    def close(self) -> None:
        """Ends the worker."""
        self._worker.close()

    def _report(self, case: Case, finding: Finding) -> None:
        """Prints the first finding of a kind in full, and counts the others."""
        if finding.kind in self.counts.found:
            times, path = self.counts.found[finding.kind]
            self.counts.found[finding.kind] = (times + 1, path)
            return
        path = self._folder / f"seed-{case.seed}.json"
        case.save(path)
        self.counts.found[finding.kind] = (1, path)
        self._say(f"FOUND by seed {case.seed}: {finding.kind}\n{finding.detail}\n  the case: {path}")
        small = shrink(case, lambda smaller: self._shows(smaller, finding.kind), self._shrink_s)
        if small != case:
            small.save(path.with_suffix(".small.json"))
            self._say(f"  made smaller: {path.with_suffix('.small.json')}")

    def _shows(self, case: Case, kind: str) -> bool:
        found = self._worker.judge(case).finding
        return found is not None and found.kind == kind


def seeds_from(first: int) -> Iterator[int]:
    """All seeds from one on."""
    return count(first)
