"""What a run of ``loglake convert`` did, as data: for ``--json``, for the terminal, and for the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loglake.core.accounting import Accounting
from loglake.core.outcome import Outcome
from loglake.pipelines.convert.report import TOP_REASONS

if TYPE_CHECKING:
    from loglake.core.schema.conversion import StagedFile

MAX_QUARANTINED_RATIO = 0.01
"""The share of events in quarantine above which a run is partial."""


@dataclass(frozen=True)
class FolderReport:
    """What became of the objects that were found.

    Attributes:
        done: objects that earlier runs converted, and that stayed as they were.
        copies: objects that are there twice, in different folders: the second ones, which were passed over.
        objects: objects that this run converted.
        format: how most of their events were read; empty where there were none.
        also: how others were.
        columns: types of the table's own columns by their names.
        files: the Parquet files of this run.
        reasons: entries of quarantine by their reason.
        failed: what could not be converted, each with its reason in words for a person.
    """

    table: str
    log_group: str
    done: int
    copies: int
    objects: int = 0
    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[StagedFile] = ()
    accounting: Accounting = field(default_factory=Accounting)
    reasons: Mapping[str, int] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partition folders that this run wrote to, in order."""
        return tuple(sorted({each.partition for each in self.files}))

    @property
    def outcome(self) -> Outcome:
        """Partial where something failed, or too much could not be decoded."""
        quarantined = self.accounting.quarantined > MAX_QUARANTINED_RATIO * self.accounting.events_in
        return Outcome.PARTIAL if self.failed or quarantined else Outcome.OK

    def problems(self) -> list[str]:
        """Everything that keeps the run from being all good; empty where it is."""
        problems = [f"not converted: {each}" for each in self.failed]
        if not self.accounting.balanced:
            problems.append(f"the accounting does not balance: {self.accounting}")
        return problems

    def notes(self) -> list[str]:
        """What is good to know and keeps nothing from being good."""
        return [self.accounting.left_out] if self.accounting.left_out else []

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "outcome": self.outcome.value,
            "table": self.table,
            "log_group": self.log_group,
            "format": self.format,
            "also": list(self.also),
            "objects": {"converted": self.objects, "converted_before": self.done, "copies": self.copies},
            "accounting": self.accounting.to_json(),
            "reasons": dict(Counter(self.reasons).most_common(TOP_REASONS)),
            "columns": dict(self.columns),
            "files": len(self.files),
            "size_bytes": sum(each.size_bytes for each in self.files),
            "partitions": list(self.partitions),
            "failed": list(self.failed),
            "notes": self.notes(),
        }
