"""Which files of a partition may be compacted: several files with nothing due for them any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Callable

from loglake.core.cloud_types import ObjectInfo
from loglake.core.compaction.decision import Part
from loglake.core.compaction.keys import TableFile, decision_of_shared, is_compacted, parse_table_file
from loglake.core.keys import group_slug, time_of
from loglake.core.ledger.row import LedgerRow
from loglake.core.ledger.versions import FINAL_AFTER_MS
from loglake.core.ledger.watermark import Watermark
from loglake.core.units import MS_PER_DAY, EpochMs, LogGroupName
from loglake.core.windows import day_end

TARGET_BYTES = 512 * 1024 * 1024
"""The size of a compacted file: a few row groups for each reader, and few files."""

SMALL_BYTES = TARGET_BYTES // 2
"""A file of this size or more stays as it is. Any two smaller ones fit into one."""

WAIT_MS = 7 * MS_PER_DAY
"""How long to wait for a window after its final pass is due: the log group may be paused or gone. After that, files are
compacted as if the pass were done."""

FAR_LARGER = 4
"""A file that is so many times as large as all smaller ones together is not written again for them."""

MANY = 50
"""This many finished files are compacted even if others wait. Else a partition that late or wrong clocks keep writing
to would wait for ever, and rewriting it for each file would never end."""


class Compactable:
    """Decides which files may be compacted now: by keys alone, unless windows share an old file."""

    def __init__(
        self,
        now_ms: EpochMs,
        watermarks: Mapping[LogGroupName, Watermark],
        under_way: Iterable[LedgerRow],
        parts_of: Callable[[str], Sequence[Part]],
    ) -> None:
        """Takes what is known.

        Args:
            now_ms: the time.
            watermarks: of all log groups.
            under_way: rows that wait for an export or a converter, according to the index.
            parts_of: what windows have in a file that they share; nothing if nobody knows.
        """
        self._now_ms = now_ms
        self._parts_of = parts_of
        self._watermarks = {group_slug(name): watermark for name, watermark in watermarks.items()}
        self._under_way: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in under_way:
            self._under_way[row.keys.slug].append(row)

    def choose(self, files: Sequence[ObjectInfo]) -> list[ObjectInfo]:
        """The files of one partition to merge; none if there is nothing to do, or it is too early."""
        small = [file for file in files if file.size_bytes < SMALL_BYTES]
        compacted = [file for file in small if is_compacted(file.key)]
        loose = [file for file in small if parse_table_file(file.key) or decision_of_shared(file.key)]
        if len(loose) + len(compacted) < 2:
            return []  # before anything is read: old tables have a lot of such partitions
        final = [file for file in loose if self._is_final_file(file.key)]
        if len(final) < len(loose) and len(final) < MANY:
            return []
        chosen = _alike([*final, *compacted])
        return chosen if len(chosen) > 1 else []

    def _is_final_file(self, key: str) -> bool:
        alone, time = parse_table_file(key), time_of(key)
        if alone or time is None:
            return alone is not None and self.is_final(alone)
        # Before that, none of its windows can be final: why ask?
        return time.to_ms + FINAL_AFTER_MS <= self._now_ms and self.are_final(self._parts_of(key))

    def are_final(self, parts: Sequence[Part]) -> bool:
        """Whether that holds for all windows of a file, which has some."""
        files = [parse_table_file(part.key) for part in parts]
        return bool(files) and all(file and self.is_final(file) for file in files)

    def is_final(self, file: TableFile) -> bool:
        """Whether neither an export nor a conversion of a window is due any more."""
        since_ms = self._now_ms - day_end(file.window) - FINAL_AFTER_MS
        under_way = (row.window for row in self._under_way.get(file.slug, ()))
        if since_ms < 0 or any(other.meets(file.window) for other in under_way):
            return False
        watermark = self._watermarks.get(file.slug)
        return watermark is None or watermark.final_until_ms >= file.window.to_ms or since_ms >= WAIT_MS


def _alike(files: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    """Those of files that are worth writing once more: none is far larger than all smaller ones together.

    So a day's file is not written again for each log group that comes late, and few files stay, of different sizes.
    """
    by_size = sorted(files, key=lambda file: file.size_bytes)
    while by_size and by_size[-1].size_bytes > FAR_LARGER * sum(file.size_bytes for file in by_size[:-1]):
        by_size.pop()
    chosen = {file.key for file in by_size}
    return [file for file in files if file.key in chosen]
