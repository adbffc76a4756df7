"""Whether an export task that found nothing is believed."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress

from loglake.core.ledger.row import LedgerRow
from loglake.core.units import EpochMs
from loglake.errors import PermanentError, ThrottledError, TransientError
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.ports import ExportPorts


class EmptyExports:
    """Asks CloudWatch, and reads, about windows whose export gave nothing."""

    def __init__(self, ports: ExportPorts, budget: ReadBudget) -> None:
        """`budget`: how many pages of events it may ask for."""
        self._ports = ports
        self._budget = budget

    def why_retried(self, row: LedgerRow, before: int | None) -> Generator[EpochMs, None, str]:
        """Why an empty export is to be retried (`passes.retry_from`); empty if it counts.

        A read says at once whether there are events. If it can't, the export is retried once if there seem to be some.
        """
        window, retried = row.window, row.trying.empty_retry
        count = None if retried else self._ports.tasks.incoming_events(row.log_group, window.from_ms, window.to_ms)
        found = (yield from self._has_events(row)) if retried or count or before else None
        why = ""
        if found:
            why = "a read finds events"
        elif found is None and not retried and (count or before):
            why = "it had events before" if before else "CloudWatch counted incoming events"
        self._ports.telemetry.event(
            "nothing was exported",
            log_group=row.log_group,
            window=str(window),
            incoming_events=count,
            events_before=before,
            read_finds_events=found,
            empty_retry=bool(why),
            once_more=retried,
        )
        return why

    def _has_events(self, row: LedgerRow) -> Generator[EpochMs, None, bool | None]:
        """Whether a window has events, read page by page; None if it can't be read."""
        token = ""
        with suppress(TransientError, PermanentError):
            while True:
                while not self._budget.take():
                    yield EpochMs(self._ports.clock.now_ms() + round(self._budget.wait_s() * 1000))
                try:
                    page = self._ports.reader.page(row.log_group, row.window, token)
                except ThrottledError:
                    self._budget.slow_down()
                    raise
                if page.events or not page.token:
                    return bool(page.events)
                if page.token == token:
                    return None
                token = page.token
        return None
