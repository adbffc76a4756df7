"""How many bytes are written to the lake until a day of a table is as it stays, against what is there then.

A day's partition lives for some 17 days: its hours come, it settles, its final pass comes, it is compacted. Each day
has a life of its own, and all lives are alike. So the ratio of the days that are over is a year's, whatever number of
days is simulated.

Files of the counting stage hold counts. So a file's size is reckoned from its rows, as `loglake convert` makes files:
an hour of JSON with nine fields, one of them random, has 4,066 bytes with one event, 12 kB with 100, 74 kB with 1,000
and 6.8 MB with 100,000. Thus nothing but `FILE_BYTES` is saved if files are joined.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from loglake.core.compaction.decision import Merge, MergedFile, MergeFailure
from loglake.core.keys import TABLES
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import BundleFailure, BundleResult, StagedFile, TablePlan
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, EpochMs, day_of
from loglake.core.windows import Window
from simulation.account import Account, Scenario
from simulation.counting_stage import CountingStage, read_runs

FILE_BYTES, ROW_BYTES = 4_000, 68
HOURS, SETTLED, FINAL, COMPACTED, REWRITTEN = "hours", "settled passes", "final passes", "compaction", "rewrites"
KINDS = (HOURS, SETTLED, FINAL, COMPACTED, REWRITTEN)
OVER_MS = 18 * MS_PER_DAY
"""So long after its beginning a day is as it stays: its final pass comes after 16 days, compaction soon after that."""
_FINAL_MS = 10 * MS_PER_DAY

_PARTITION = re.compile(r"dt=[^/]+")


@dataclass
class Written:
    """The bytes of all files that were made, by partition and kind."""

    of_day: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, kind: str, key: str, rows: int, total: int) -> None:
        """Adds a file of so many rows, or a part of one."""
        (partition,) = _PARTITION.findall(key)[-1:]
        self.of_day[partition][kind] += round(_size(total) * rows / total)


def _size(rows: int) -> int:
    return FILE_BYTES + ROW_BYTES * rows


class WritingStage(CountingStage):
    """A counting stage whose windows share files, as the jobs' do, and that counts what it writes.

    Nothing here depends on which files it is that a window, a pass or a compaction writes.
    """

    def __init__(self, account: WritingAccount) -> None:
        super().__init__(account.raw, account.lake)
        self._account = account

    def convert(
        self, work: Sequence[tuple[Bundle, TablePlan]], on_result: Callable[[BundleResult | BundleFailure], None]
    ) -> None:
        def counted(result: BundleResult | BundleFailure) -> None:
            for file in result.files if isinstance(result, BundleResult) else ():
                self._converted(result.window, file)
            on_result(result)

        super().convert(work, counted)

    def _converted(self, window: Window, file: StagedFile) -> None:
        is_final = window.to_ms + _FINAL_MS < self._account.calendar.now_ms()
        kind = HOURS if window.to_ms - window.from_ms <= MS_PER_HOUR else FINAL if is_final else SETTLED
        self._account.written.add(kind, file.final_key, file.rows, file.total or file.rows)
        self._account.lake.sizes[file.staged_key] = _size(file.total or file.rows)

    def _merge(self, work: Merge) -> list[MergedFile] | MergeFailure:
        made = super()._merge(work)
        slices = [each for output in work.outputs for each in output.slices]
        before, kept = sum({each.key: each.total for each in slices}.values()), sum(each.rows for each in slices)
        for output, file in zip(work.outputs, made if isinstance(made, list) else ()):
            self._account.written.add(
                COMPACTED if kept == before else REWRITTEN, output.staged_key, file.rows, file.rows
            )
            self._account.lake.sizes[output.staged_key] = _size(file.rows)
        return made


class WritingAccount(Account):
    """An account that reads its log groups, as thousands of small ones are, and counts what is written to its lake.

    Attributes:
        written: so far.
    """

    def __init__(self, groups: int, days: int) -> None:
        self.written = Written()
        super().__init__(Scenario(groups, days, read="/app/*", look_days=10**6))

    def _entries(self) -> list[dict[str, object]]:
        return [{"start": "2026-01-01", "table": "app", "log_groups": ["/app/*"], "ingest": "read"}]

    def _stage(self) -> CountingStage:
        return WritingStage(self)

    def ratios(self) -> dict[str, float]:
        """Bytes that were written for a byte of the table as it stays, by kind, over the days that are over.

        Also how many files such a day has, and how many days these are.
        """
        end = day_of(EpochMs(self.calendar.now_ms() - OVER_MS))
        files, size = 0, 0
        over = {partition for partition in self.written.of_day if partition < f"dt={end}"}
        for item in self.lake.list(TABLES):
            (partition,) = _PARTITION.findall(item.key)
            if partition in over:
                files += 1
                size += _size(sum(count for _, _, count in read_runs(self.lake.get(item.key))))
        sums: Counter[str] = sum((self.written.of_day[partition] for partition in over), Counter())
        ratios = {kind: sums[kind] / size for kind in KINDS}
        return {**ratios, "files a day": files / len(over), "days": len(over)}
