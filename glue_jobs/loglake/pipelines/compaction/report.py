"""What compaction did in a run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class CompactionReport:
    """What was compacted.

    Attributes:
        partitions: how many times files of a partition were merged.
        files_before: files that became fewer.
        files_after: what they became.
        rows: of them, before as after.
        refused: partitions with files that can't be merged, each with the reason.
    """

    partitions: int = 0
    files_before: int = 0
    files_after: int = 0
    rows: int = 0
    refused: list[str] = field(default_factory=list)
