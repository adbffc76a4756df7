"""What an answer lacks, for the tables and times that a query reads of a deployment."""

from __future__ import annotations

import pytest
from support.fakes.fakes import FakeExportTasks, ManualClock, MemoryLedger
from support.fakes.stores import MemoryStore
from support.worlds.ledger_rows import changed
from support.worlds.status_windows import DONE, MIDNIGHT, NOW, hours

from loglake.core.accounting import Accounting
from loglake.core.ledger.watermark import Watermark
from loglake.core.state_items import WATERMARK
from loglake.core.units import MS_PER_DAY, EpochMs
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.standing.missing_reads import missing_in

pytestmark = pytest.mark.unit

DAY = (MIDNIGHT, MIDNIGHT + MS_PER_DAY)


@pytest.mark.parametrize("scheduled", [False, True])
def test_log_groups_are_found_whether_a_schedule_exports_them_or_requests(scheduled: bool) -> None:
    ledger = MemoryLedger()
    counts = Accounting(events_in=9, rows_out=8, quarantined=1)
    row = changed(hours(0, 24, DONE), exported_at_ms=EpochMs(NOW + 9 * MS_PER_DAY), accounting=counts)
    ledger.add(row)
    if scheduled:
        ledger.put(WATERMARK, row.log_group, Watermark.at(MIDNIGHT))
    control, raw, lake = (MemoryStore(name) for name in ("control", "raw", "lake"))
    clock = ManualClock(EpochMs(NOW + 9 * MS_PER_DAY))
    deployment = Deployment(ledger, control, raw, lake, None, "loglake", clock, FakeExportTasks(raw))

    (lack,) = missing_in(deployment, {row.table: DAY}).lacks
    assert (lack.why.value, lack.count) == ("quarantined", 1)
    unknown = missing_in(deployment, {"other": DAY})
    assert (unknown.complete, unknown.unknown) == (None, "the ledger has no window of other.")
