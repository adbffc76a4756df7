"""The note that an export run leaves in the ledger, as its entry script does."""

from __future__ import annotations

from typing import Any

from loglake.core.run.outcome import EXPORT, RunNote
from loglake.core.state_items import RUN, change
from loglake.core.units import EPOCH, EpochMs
from loglake.pipelines.export.report import ExportReport


def note_export(ledger: Any, report: ExportReport, now_ms: EpochMs) -> None:
    """Notes what waits after a run."""
    waiting = {queue.value: each for queue, each in report.waiting.items()}
    note = RunNote.of(EXPORT, report.outcome, now_ms, waiting=waiting)
    change(ledger, RUN, EXPORT, RunNote(EXPORT, report.outcome, EPOCH), note.after)
