"""A convert run's results, as numbers and as one word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting
from loglake.core.format_share import MIN_READ_RATIO, FormatShares
from loglake.core.run.outcome import OLDEST_PENDING_AGE, Outcome
from loglake.core.units import LogGroupName
from loglake.pipelines.compaction.report import CompactionReport
from loglake.pipelines.landing.report import LandingReport, SettlingReport
from loglake.pipelines.retention.job import RetentionReport

TOP_GROUPS, GROUP_REASONS = 5, 3
"""How many log groups a report names, and reasons of each."""

_LONGEST_REASON = 120
"""Characters: the text goes into a run property, too."""


@dataclass
class _Group:
    accounting: Accounting = field(default_factory=Accounting)
    reasons: Counter[str] = field(default_factory=Counter)
    tables: set[str] = field(default_factory=set)


class QuarantinedGroups:
    """Counts by log group, over a run's converted windows. Memory: a few numbers per log group."""

    def __init__(self) -> None:
        self._groups: dict[LogGroupName, _Group] = defaultdict(_Group)

    def add(
        self, group: LogGroupName, table: str, accounting: Accounting, reasons: Iterable[Mapping[str, int]]
    ) -> None:
        """Counts a window that was converted."""
        found = self._groups[group]
        found.accounting += accounting
        found.tables.add(table)
        for each in reasons:
            found.reasons.update(each)

    @property
    def names(self) -> list[LogGroupName]:
        """The log groups."""
        return list(self._groups)

    def above(self, ratio: float) -> list[str]:
        """A sentence for each log group with more than that share of its events in quarantine, the most entries first.

        The first `TOP_GROUPS` are named; the others are counted.
        """
        bad = [
            (group, found)
            for group, found in self._groups.items()
            if found.accounting.quarantined > ratio * found.accounting.events_in
        ]
        bad.sort(key=lambda item: (-item[1].accounting.quarantined, item[0]))
        messages = [_message(group, found) for group, found in bad[:TOP_GROUPS]]
        return (
            [*messages, f"and {len(bad) - len(messages):,} more log groups"] if len(bad) > len(messages) else messages
        )


def _message(group: LogGroupName, found: _Group) -> str:
    counts = found.accounting
    reasons = "; ".join(f"{_cut(reason)} ({count:,})" for reason, count in found.reasons.most_common(GROUP_REASONS))
    tables = ", ".join(sorted(found.tables))
    return (
        f"{group} (table {tables}): {counts.quarantined:,} of {counts.events_in:,} events are in quarantine: {reasons}"
    )


def _cut(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"


TOP_REASONS = 5
"""How many reasons of quarantine a report names."""


@dataclass
class ConvertReport:
    """What a convert run did.

    Attributes:
        converted: windows that were committed; `rolled_forward` of them had a manifest already.
        lost: windows that another converter took over.
        failed: windows that need a person, with the reason.
        remaining: windows that wait for another run, some of them in another converter's hands.
        max_quarantined_ratio: the share of quarantined events above which the run is partial: per log group, and for
            all together, with quarantined input of landed objects.
        reasons: entries of quarantine by their reason.
        landing: the results for landed objects.
        groups: what became of the events by log group.
        formats: how many events each format read, by table.
        min_read_ratio: the share of events that a configured format has to read; below that the run is partial.
        settling: the results for landed days.
        catalog_gaps: partitions and columns that the catalog lacks.
        catalog_errors: why gaps could not be closed, in words.
        compaction: which partitions got fewer files.
        retention: what was removed because it is older than its dataset keeps it.
        unreadable: stored items that can't be read, in words, by their keys; what depends on them was left as it is.
        unmatched: names in a table's schema setting that match nothing, by table.
        oldest_pending_age_s: the age of the oldest fresh window that is not in its table, counted from its end; 0 if
            there is none.
    """

    converted: int = 0
    rolled_forward: int = 0
    lost: int = 0
    remaining: int = 0
    failed: list[str] = field(default_factory=list)
    accounting: Accounting = field(default_factory=Accounting)
    max_quarantined_ratio: float = 0.01
    reasons: Counter[str] = field(default_factory=Counter)
    landing: LandingReport = field(default_factory=LandingReport)
    groups: QuarantinedGroups = field(default_factory=QuarantinedGroups)
    formats: FormatShares = field(default_factory=FormatShares)
    min_read_ratio: float = MIN_READ_RATIO
    settling: SettlingReport = field(default_factory=SettlingReport)
    catalog_gaps: int = 0
    catalog_errors: list[str] = field(default_factory=list)
    compaction: CompactionReport = field(default_factory=CompactionReport)
    retention: RetentionReport = field(default_factory=RetentionReport)
    unreadable: dict[str, str] = field(default_factory=dict)
    unmatched: dict[str, tuple[str, ...]] = field(default_factory=dict)
    oldest_pending_age_s: int = 0

    @property
    def outcome(self) -> Outcome:
        """Partial if something failed, waits, was skipped or can't be queried, or if too much could not be decoded.

        Also if files can't be compacted because one is damaged or has another column type.
        """
        quarantined = self.accounting.quarantined > self.max_quarantined_ratio * self.accounting.events_in
        undone = (
            self.remaining
            or self.landing.needs_more
            or self.settling.stays
            or self.compaction.refused
            or self.retention.refused
            or self.retention.left
        )
        return Outcome.PARTIAL if undone or self.failed or quarantined or self._troubles else Outcome.OK

    @property
    def remarks(self) -> list[str]:
        """Remarks: unreadable items, log groups with too much quarantine and why, and what quarantine leaves out.

        Also configured formats that read too little, errors of the catalog, and, which is no trouble, what was removed
        or came too late because datasets keep only so many days.
        """
        return [*self._troubles, *self.retention.told, *self.landing.comes_too_late()]

    @property
    def _troubles(self) -> list[str]:
        left_out = self.accounting.left_out
        return [
            *self.unreadable.values(),
            *self.groups.above(self.max_quarantined_ratio),
            *self.formats.below(self.min_read_ratio),
            *([left_out] if left_out else []),
            *self.catalog_errors,
        ]

    @property
    def numbers(self) -> dict[str, int]:
        """The run's numbers; `core.run.outcome` lists those that become metrics."""
        return {
            "WindowsConverted": self.converted,
            "WindowsFailed": len(self.failed),
            "WindowsRemaining": self.remaining,
            "EventsIn": self.accounting.events_in,
            "RowsOut": self.accounting.rows_out,
            "Quarantined": self.accounting.quarantined,
            "Duplicates": self.accounting.duplicates,
            "OutOfWindow": self.accounting.out_of_window,
            "Dropped": self.accounting.dropped,
            "Violations": self.accounting.violations,
            "CatalogGaps": self.catalog_gaps,
            "FilesCompacted": self.compaction.files_before,
            "PartitionsCompacted": self.compaction.partitions,
            OLDEST_PENDING_AGE: self.oldest_pending_age_s,
        }

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            **{name: value for name, value in vars(self).items() if name not in {"groups", "formats"}},
            "read_as": self.formats.to_json(),
            "remarks": self.remarks,
            "outcome": self.outcome.value,
            "accounting": self.accounting.to_json(),
            "reasons": dict(self.reasons.most_common(TOP_REASONS)),
            "landing": self.landing.to_json(),
            "settling": dict(vars(self.settling)),
            "compaction": dict(vars(self.compaction)),
            "retention": dict(vars(self.retention)),
        }
