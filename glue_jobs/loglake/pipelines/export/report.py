"""An export run's results, in numbers and sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.ledger.row import LedgerRow, Queue, WindowState
from loglake.core.run.outcome import SETTLED_AGE, Outcome, QueueWaiting


@dataclass
class ExportReport:
    """What an export run did.

    Attributes:
        exported: windows with their objects recorded.
        remaining: windows that were begun and wait for the next run.
        empty_retries: windows with an empty export although CloudWatch counted incoming events; retried hours later.
        waiting: what waits for another run, by queue.
        rejected: invalid requests, with the reason.
        skipped: requested log groups that can't be exported, with the reason.
        notes: what is good to know about requests, in words.
        failed: windows that need a person, with the reason.
        unreadable: items of the ledger that can't be read, in words; what depends on them was left as it is.
        settled_age_s: the age of the time up to which all planned log groups have settled; 0 without log groups.
        catalog_gaps: partitions and columns that the catalog lacks.
        catalog_errors: why gaps could not be closed, in words.
    """

    exported: int = 0
    remaining: int = 0
    empty_retries: int = 0
    waiting: Mapping[Queue, QueueWaiting] = field(default_factory=dict)
    settled_age_s: int = 0
    rejected: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    catalog_gaps: int = 0
    catalog_errors: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Partial if anything requested was not done."""
        failed = self.rejected or self.skipped or self.failed or self.unreadable or self.catalog_errors
        return Outcome.PARTIAL if failed or self.remaining or self.waiting else Outcome.OK

    @property
    def numbers(self) -> dict[str, int]:
        """The run's numbers; `core.run.outcome` lists those that become metrics."""
        return {
            "WindowsExported": self.exported,
            "WindowsFailed": len(self.failed),
            "WindowsRemaining": self.remaining,
            "WindowsRetriedEmpty": self.empty_retries,
            "GroupsWaiting": sum(each.groups for each in self.waiting.values()),
            "HoursWaiting": sum(each.hours for each in self.waiting.values()),
            "RequestsRejected": len(self.rejected),
            SETTLED_AGE: self.settled_age_s,
        }

    @property
    def remarks(self) -> list[str]:
        """Remarks: unreadable items, requests that can't be met, errors of the catalog, and notes.

        A window has its reason in the ledger; what has no window, or no readable row, is reported here.
        """
        return [*self.unreadable, *self.rejected, *self.skipped, *self.catalog_errors, *self.notes]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        waiting = {queue.value: each._asdict() for queue, each in self.waiting.items()}
        return {"outcome": self.outcome.value, **vars(self), "waiting": waiting}

    def skip(self, reasons: Iterable[str], notes: Iterable[str] = ()) -> None:
        """Adds reasons and notes, each once: a request that is not planned whole is planned again."""
        self.skipped += [reason for reason in reasons if reason not in self.skipped]
        self.notes += [note for note in notes if note not in self.notes]

    def tried(self, row: LedgerRow) -> None:
        """Counts a window after its attempt."""
        if row.state in {WindowState.EXPORTED, WindowState.CONVERTED}:  # CONVERTED: a pass found the same events
            self.exported += 1
        elif row.is_trouble:
            self.failed.append(f"{row.log_group} {row.window}: {row.reason}")
        elif row.failure and row.failure.empty_retry:
            self.empty_retries += 1  # no run could do anything before its time, so none is woken for it
        else:
            self.remaining += 1
