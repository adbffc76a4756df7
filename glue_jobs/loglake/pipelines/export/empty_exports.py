"""Whether an export task that found nothing is believed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress

from loglake.core.ledger.row import LedgerRow
from loglake.core.units import EpochMs
from loglake.errors import PermanentError, ThrottledError, TransientError
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.ports import ExportPorts


def why_doubted(ports: ExportPorts, budget: ReadBudget, row: LedgerRow) -> Generator[EpochMs, None, str]:
    """Why an empty export is to be retried (`passes.retry_from`); empty if it counts.

    A read says at once whether there are events. If nothing can be read, the export is retried once if CloudWatch
    counted events when they came in. If it counts and the table has rows of its time, the converter refuses it.
    """
    found = yield from _has_events(ports, budget, row)
    why = "a read finds events" if found else ""
    if found is None and not row.trying.empty_retry:
        counted = ports.tasks.incoming_events(row.log_group, row.window.from_ms, row.window.to_ms)
        why = "CloudWatch counted incoming events" if counted else ""
    ports.telemetry.event("nothing was exported", log_group=row.log_group, window=str(row.window), doubted=why)
    return why


def _has_events(ports: ExportPorts, budget: ReadBudget, row: LedgerRow) -> Generator[EpochMs, None, bool | None]:
    """Whether a window has events, read page by page; None if it can't be read."""
    token = ""
    with suppress(TransientError, PermanentError):
        while True:
            while not budget.take():
                yield EpochMs(ports.clock.now_ms() + round(budget.wait_s() * 1000))
            try:
                page = ports.reader.page(row.log_group, row.window, token)
            except ThrottledError:
                budget.slow_down()
                raise
            if page.events or not page.token:
                return bool(page.events)
            if page.token == token:
                return None
            token = page.token
    return None
