"""How a run went: one word, its numbers, and the note that the ledger keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs


class Outcome(str, Enum):
    """`PARTIAL`: the run did what it could; something is left to a person or to another run."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


class RunReport(Protocol):
    """A run's report at its end."""

    @property
    def outcome(self) -> Outcome:
        """OK or PARTIAL; a run that FAILED raises an error and has no report."""

    @property
    def numbers(self) -> Mapping[str, int]:
        """What it did, by the names of metrics: ``WindowsExported``."""

    @property
    def remarks(self) -> Sequence[str]:
        """What a person has to look at besides the numbers, in a few sentences."""


EXPORT, CONVERT = "export", "convert"
"""The jobs' names in notes and messages."""

REMARKS_KEPT_MS = MS_PER_DAY
"""How long a note keeps remarks that later runs don't repeat: one run handles a request, and others follow soon."""

LONGEST_ERROR = 1000
"""Characters of an error in a run property or note: the rest is in the job's log."""

MOST_REMARKS, LONGEST_REMARK = 20, 500
"""Remarks of a note, and characters of each: DynamoDB takes items of 400 KB, and a person reads no more."""


@dataclass(frozen=True)
class RunNote:
    """How the last run of a job went. The ledger notes it because no row says what stopped a run.

    Attributes:
        job: `EXPORT` or `CONVERT`.
        outcome: of the run.
        ended_ms: when it ended.
        error: why it FAILED.
        remarks: the remarks of its report, or of an earlier one (see `after`).
        remarks_ms: when they were made.
    """

    job: str
    outcome: Outcome
    ended_ms: EpochMs
    error: str = ""
    remarks: tuple[str, ...] = ()
    remarks_ms: EpochMs = EPOCH

    @classmethod
    def of(cls, job: str, outcome: Outcome, now_ms: EpochMs, remarks: Sequence[str] = (), error: str = "") -> RunNote:
        """The note of a run that ends at `now_ms`."""
        kept = tuple(remark[:LONGEST_REMARK] for remark in remarks[:MOST_REMARKS])
        return cls(job, outcome, now_ms, error, kept, now_ms if kept else EPOCH)

    def after(self, before: RunNote | None) -> RunNote:
        """This note with the remarks of the note before it, if it has none and those are younger than a day."""
        if self.remarks or before is None or before.remarks_ms <= self.ended_ms - REMARKS_KEPT_MS:
            return self
        return replace(self, remarks=before.remarks, remarks_ms=before.remarks_ms)
