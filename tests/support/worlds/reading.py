"""A read lane with windows that a test offers."""

from __future__ import annotations

from loglake.core.ledger.row import LedgerRow
from loglake.core.planning.candidate import Candidate, Way
from loglake.core.planning.next_windows import NextWindows
from loglake.core.units import EpochMs
from loglake.pipelines.export.log_groups import LogGroups
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.export.read_lane import ReadLane
from loglake.pipelines.ports import ExportPorts


class Offers(NextWindows):
    """Offers one window, once.

    Attributes:
        written: the rows that it was told of.
        back: the windows that were put back, and whether they are to be offered again.
    """

    def __init__(self, candidate: Candidate) -> None:
        self._candidate: Candidate | None = candidate
        self.refused = set()
        self.written: list[LedgerRow] = []
        self.back: list[tuple[Candidate, bool]] = []

    def take(self, way: Way, now_ms: EpochMs) -> Candidate | None:
        assert way is Way.READ
        candidate, self._candidate = self._candidate, None
        return candidate

    def done(self, row: LedgerRow) -> None:
        self.written.append(row)

    def put_back(self, candidate: Candidate, *, again: bool = False) -> None:
        self.back.append((candidate, again))


class Reading:
    """A lane that reads one window.

    Attributes:
        lane: the lane.
        offers: where its window comes from.
        rows: the rows that it wrote.
    """

    def __init__(self, ports: ExportPorts, candidate: Candidate, run_id: str = "jr_1") -> None:
        self._clock = ports.clock
        self.rows: list[LedgerRow] = []
        self.offers = Offers(candidate)
        budget = ReadBudget(ports.clock, ports.reader.quota)
        groups = LogGroups(ports.tasks, ports.clock)
        self.lane = ReadLane(ports, groups, budget, run_id, begin=lambda _: None, end=self.rows.append)
        self.lane.step(self._clock.now_ms(), self.offers)

    def go_on(self, pages: int = 1000) -> list[LedgerRow]:
        """Reads some pages, or until the window is done; returns the rows that were written."""
        while not self.lane.is_idle and pages:
            due_ms = self.lane.step(self._clock.now_ms(), self.offers)
            self._clock.sleep(max(0, (due_ms or 0) - self._clock.now_ms() + 1) / 1000)
            pages -= 1
        return self.rows

    def stop(self) -> list[LedgerRow]:
        """Ends the read."""
        self.lane.stop()
        return self.rows
