"""Finds log groups with too many events in quarantine, by their own share: large groups don't hide small ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loglake.core.accounting import Accounting
from loglake.core.units import LogGroupName

TOP_GROUPS, TOP_REASONS = 5, 3
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
    reasons = "; ".join(f"{_cut(reason)} ({count:,})" for reason, count in found.reasons.most_common(TOP_REASONS))
    tables = ", ".join(sorted(found.tables))
    return (
        f"{group} (table {tables}): {counts.quarantined:,} of {counts.events_in:,} events are in quarantine: {reasons}"
    )


def _cut(reason: str) -> str:
    return reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON]}…"
