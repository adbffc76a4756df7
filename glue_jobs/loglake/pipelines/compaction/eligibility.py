"""Which files of a partition may be compacted: those that nothing is due for any more, where there are several."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from loglake.core.compaction.keys import TableFile, is_compacted, parse_table_file
from loglake.core.keys import group_slug
from loglake.core.planning.passes import FINAL_AFTER_MS, day_end
from loglake.core.units import MS_PER_DAY

if TYPE_CHECKING:
    from loglake.core.cloud_types import ObjectInfo
    from loglake.core.ledger.row import LedgerRow
    from loglake.core.ledger.watermark import Watermark
    from loglake.core.units import EpochMs, LogGroupName

TARGET_BYTES = 512 * 1024 * 1024
"""How large a compacted file becomes: a few row groups for each reader, and few files."""

SMALL_BYTES = TARGET_BYTES // 2
"""A file of this size or more stays as it is. So any two that do not make one."""

WAIT_MS = 7 * MS_PER_DAY
"""How long after its final pass is due a window is waited for: the log group may be paused, or gone. Its files may be
compacted then, as if it had none."""

MANY = 50
"""So many files that nothing is due for are compacted even if others wait. A partition that late or wrong clocks go on
writing to would wait for ever else, and writing it again for each file would never end."""


class Compactable:
    """Tells by the keys of files which of them may be compacted now. Costs no call."""

    def __init__(
        self, now_ms: EpochMs, watermarks: Mapping[LogGroupName, Watermark], under_way: Iterable[LedgerRow]
    ) -> None:
        """`under_way`: rows that wait for an export or a converter, as far as the index tells."""
        self._now_ms = now_ms
        self._watermarks = {group_slug(name): watermark for name, watermark in watermarks.items()}
        self._under_way: dict[str, list[LedgerRow]] = defaultdict(list)
        for row in under_way:
            self._under_way[row.keys.slug].append(row)

    def choose(self, files: Sequence[ObjectInfo]) -> list[ObjectInfo]:
        """The files of one partition that are to become fewer; none where that is nothing to do, or too early."""
        small = [file for file in files if file.size_bytes < SMALL_BYTES]
        compacted = [file for file in small if is_compacted(file.key)]
        loose = [(file, parsed) for file in small for parsed in [parse_table_file(file.key)] if parsed]
        final = [file for file, parsed in loose if self.is_final(parsed)]
        if len(final) < len(loose) and len(final) < MANY:
            return []
        chosen = [*final, *compacted]
        return chosen if len(chosen) > 1 else []

    def is_final(self, file: TableFile) -> bool:
        """Whether nothing is due for a window by itself any more, neither an export nor a conversion."""
        since_ms = self._now_ms - day_end(file.window) - FINAL_AFTER_MS
        if since_ms < 0 or any(_meets(row, file) for row in self._under_way.get(file.slug, ())):
            return False
        watermark = self._watermarks.get(file.slug)
        return watermark is None or watermark.final_until_ms >= file.window.to_ms or since_ms >= WAIT_MS


def _meets(row: LedgerRow, file: TableFile) -> bool:
    return row.window.from_ms < file.window.to_ms and file.window.from_ms < row.window.to_ms
