"""What a run did about landed objects."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from loglake.core.accounting import Accounting

TOP_GROUPS = 20
"""How many skipped log groups a report names: the account's subscription may land thousands."""


@dataclass
class LandingReport:
    """What a run did about landed objects.

    Attributes:
        scanned: objects that were scanned and added to all of their windows.
        waiting: objects that wait for another scan: another run has a window of theirs, or time was up.
        failed: objects and windows that need a person, with the reason.
        skipped: events by log group, of groups without a table for landed events.
        why_skipped: what to do about each of these groups.
        too_old: events by log group that are older than the `retention_days` of their dataset.
        accounting: of undecodable input. Events are counted when their windows are converted.
        reasons: entries of quarantine by their reason.
    """

    scanned: int = 0
    waiting: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    why_skipped: dict[str, str] = field(default_factory=dict)
    too_old: Counter[str] = field(default_factory=Counter)
    accounting: Accounting = field(default_factory=Accounting)
    reasons: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Resets what an earlier listing left to do: each listing finds all of it."""
        self.waiting = 0
        self.failed = []

    @property
    def needs_more(self) -> bool:
        """Whether something needs a person or another run."""
        return bool(self.waiting or self.failed or self.skipped)

    def skips(self) -> list[str]:
        """The skipped log groups with most events, each with what to do."""
        lines = [
            f"{group or '(no log group)'}: {count:,} events stay in the raw bucket, since {self.why_skipped[group]}"
            for group, count in self.skipped.most_common(TOP_GROUPS)
        ]
        more = len(self.skipped) - len(lines)
        return [*lines, f"and {more:,} more log groups"] if more else lines

    def comes_too_late(self) -> list[str]:
        """The log groups with most events that their dataset no longer keeps."""
        return [
            f"{group}: events that are older than its retention_days are not written: {count:,}"
            for group, count in self.too_old.most_common(TOP_GROUPS)
        ]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict. Quarantine is part of the run's own accounting."""
        return {
            "scanned": self.scanned,
            "waiting": self.waiting,
            "failed": self.failed,
            "skipped": self.skips(),
            "too_old": dict(self.too_old),
        }


@dataclass
class SettlingReport:
    """A run's results for landed days.

    Attributes:
        windows: windows that replace hours.
        left: due days that are left to the next run.
        stays: hours that stay as they are, each with the reason. Reported once: their day is not checked again.
    """

    windows: int = 0
    left: int = 0
    stays: list[str] = field(default_factory=list)
