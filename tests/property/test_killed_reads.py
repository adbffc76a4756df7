"""Random histories of reads that are killed, end early and go on: no event is lost, and none comes twice.

1,000 histories; more with::

    pytest tests/property/test_killed_reads.py --cases 20000
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from support.fakes.event_reader import FakeEventReader
from support.fakes.fakes import START_MS, FakeExportTasks
from support.worlds.exports import ExportAccount
from support.worlds.reading import Reading

from loglake.core.ledger.row import LedgerRow, Queue
from loglake.core.planning.candidate import Candidate
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.pipelines.object_lists import read_object_list

pytestmark = pytest.mark.unit

GROUP = LogGroupName("/app/shop")
HOUR = Window(START_MS, EpochMs(START_MS + 3_600_000))


class History:
    """One log group, and runs that read it until its hour is complete."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.account = ExportAccount()
        self.tasks = FakeExportTasks(self.account.raw)
        spread_ms = self.chance.choice([3, 500, HOUR.to_ms - HOUR.from_ms])
        self.tasks.add_group(GROUP, {"a": list(self._events(spread_ms)), "b/1": list(self._events(spread_ms))})
        self.reader = FakeEventReader(self.tasks, self.chance.choice([1, 3, 20]), seed)
        self.late: list[str] = []

    def _events(self, spread_ms: int) -> Iterator[tuple[int, str]]:
        for number in range(self.chance.randrange(25)):
            yield HOUR.from_ms + self.chance.randrange(spread_ms), f"{number}"

    def rows(self) -> list[LedgerRow]:
        return sorted(self.account.ledger.rows(GROUP), key=lambda row: row.window)

    def run(self) -> None:
        """A run, with an end that comes early, late or by a kill; late events come in while it reads."""
        from_ms = max((row.window.to_ms for row in self.rows()), default=HOUR.from_ms)
        reading = self._begin(Candidate(GROUP, Window(from_ms, HOUR.to_ms), Queue.FRESH, "shop"))
        for _ in range(self.chance.choice([3, 10, 200])):
            reading.go_on(pages=1)
            if self.chance.random() < 0.05:
                self._arrive()
        if self.chance.random() < 0.6:
            reading.stop()  # else it is killed

    def _begin(self, candidate: Candidate) -> Reading:
        ports = self.account.ports(self.tasks, reader=self.reader)
        return Reading(ports, candidate, f"jr_{self.account.clock.time_ms}")

    def _arrive(self) -> None:
        ms = HOUR.from_ms + self.chance.randrange(HOUR.to_ms - HOUR.from_ms)
        stream = self.tasks.events[GROUP]["a"]
        self.late.append(f"a#{len(stream)}")
        stream.append((ms, "late"))

    def settle(self) -> None:
        """The day's pass: the whole window, by as many runs as it takes."""
        while HOUR not in {row.window for row in self.rows()}:
            reading = self._begin(Candidate(GROUP, HOUR, Queue.SETTLED, "shop"))
            reading.go_on(self.chance.choice([5, 300]))
            reading.stop()

    def written(self, rows: list[LedgerRow]) -> Counter[str]:
        ids: Counter[str] = Counter()
        for row in rows:
            found = [
                event
                for raw in read_object_list(self.account.control, row)
                for line in gzip.decompress(self.account.raw.get(raw.key)).splitlines()
                for event in json.loads(line)["logEvents"]
            ]
            assert all(event["timestamp"] in row.window for event in found)
            assert row.trying.events == len(found)
            ids.update(event["id"] for event in found)
        return ids


def test_killed_reads_leave_no_gap_and_no_repeat(block: range) -> None:
    for seed in block:
        history = History(seed)
        while not history.rows() or history.rows()[-1].window.to_ms < HOUR.to_ms:
            history.run()
        rows = history.rows()
        ends = [HOUR.from_ms, *(row.window.to_ms for row in rows)]
        assert [row.window.from_ms for row in rows] == ends[:-1], seed
        once = history.written(rows)
        assert not once or max(once.values()) == 1, f"repeated, seed {seed}"
        truth = {event.event_id for event in history.reader.events(GROUP)}
        assert truth - set(history.late) <= set(once) <= truth, f"lost, seed {seed}"
        history.settle()
        for day in [row for row in history.rows() if row.window == HOUR and row.queue is Queue.SETTLED]:
            assert history.written([day]) == Counter(truth), f"settled, seed {seed}"
