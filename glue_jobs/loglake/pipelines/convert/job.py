"""A convert run: take in landed objects, claim windows, decide types, convert with Spark, commit."""

from __future__ import annotations

from contextlib import suppress

from loglake.config import ConvertConfig
from loglake.core.keys import REQUESTS
from loglake.core.ledger.row import WindowState
from loglake.core.run.outcome import CONVERT, EXPORT, oldest_pending_age_s
from loglake.core.schema.datasets import Datasets
from loglake.core.state_items import LANDED_LOOK, LOOK, PAUSED, RETENTION, RUN, claim_ledger, held
from loglake.core.units import MS_PER_HOUR
from loglake.errors import UnreadableItemError
from loglake.pipelines.catalog_gaps import CatalogGaps
from loglake.pipelines.closing import MONTHS, close_months
from loglake.pipelines.commit.claims import Claims
from loglake.pipelines.commit.committer import Committer
from loglake.pipelines.commit.decisions import Decisions
from loglake.pipelines.commit.leases import Leases, LeaseWaiter
from loglake.pipelines.compaction.job import CompactionRun
from loglake.pipelines.compaction.row_deletion import RowDeletion
from loglake.pipelines.convert.batches import ConvertRun
from loglake.pipelines.convert.report import ConvertReport
from loglake.pipelines.landing.day_settling import LandedDaysRun
from loglake.pipelines.landing.intake import LandingRun
from loglake.pipelines.ports import ConvertPorts
from loglake.pipelines.retention.job import RetentionRun

BATCH_WINDOWS = 500
"""Windows of one batch: types are decided per batch, and a commit waits for no more than its own window."""

LANDING_SHARE = 0.5
"""The share of a run's time before windows are converted: many landed objects must not starve exports."""


RETENTION_SHARE = 0.25
"""The share of a run's time for removing what is no longer kept and closing months: the crawler waits for the run."""


def run_convert(ports: ConvertPorts, datasets: Datasets, config: ConvertConfig) -> ConvertReport:
    """Does one run: takes in landed objects, and converts windows until none can be claimed or the deadline comes.

    If a converter was killed, its window stays leased for a while. The run waits for that instead of leaving it to a
    next run that may never start. A window that can't be converted is FAILED with its reason and stops no other.

    Raises:
        TransientError: an error that may pass, raised after everything else is done. Its windows are given back.
        OtherVersionLedgerError: another version of loglake wrote the ledger; nothing was done.
    """
    claim_ledger(ports.ledger, ports.clock.now_ms(), (LANDED_LOOK, LOOK), (RETENTION, MONTHS), (RUN, CONVERT))
    begun_ms, length_ms = ports.clock.now_ms(), int(config.deadline_s * 1000)
    deadline_ms = begun_ms + length_ms
    landing = LandingRun(ports, datasets, config.account)
    days = LandedDaysRun(ports, datasets, config.settle_after_hours * MS_PER_HOUR)
    gaps = CatalogGaps(ports, config.run_id, config.catalog)
    decisions = Decisions(ports.lake)
    row_deletion = RowDeletion(ports, config.run_id, decisions)
    gaps.close()
    with Leases(ports.ledger, ports.clock, config.run_id, config.lease_s) as leases:
        committer = Committer(
            ports.lake,
            leases,
            config.run_id,
            decisions=decisions,
            remove=row_deletion.remove,
            is_compacted=row_deletion.is_compacted,
            note=gaps.note,
        )
        claims = Claims(leases)
        report = ConvertReport(max_quarantined_ratio=config.max_quarantined_ratio, min_read_ratio=config.min_read_ratio)
        run = ConvertRun(
            ports,
            datasets,
            claims,
            leases,
            committer,
            report=report,
            accept_corrupt=config.accept_corrupt,
            account=config.account,
        )
        leases_of_others = LeaseWaiter(ports, config.run_id, deadline_ms)
        claims.enqueue(landing.reconcile(begun_ms + int(length_ms * LANDING_SHARE)))
        claims.enqueue(days.settle(begun_ms + int(length_ms * LANDING_SHARE)))
        _convert_all(run, claims, landing, leases_of_others, gaps=gaps, deadline_ms=deadline_ms)
    retention = RetentionRun(ports, datasets, row_deletion)
    compaction = CompactionRun(ports, decisions, config.run_id, config.lease_s)
    faults = [*landing.faults, *run.faults]
    if not faults:
        until_ms = min(deadline_ms, ports.clock.now_ms() + int(length_ms * RETENTION_SHARE))
        retention.remove(report.groups.names, until_ms, landed_waits=bool(landing.report.waiting))
        faults += close_months(ports.ledger, ports.clock, until_ms)
    if config.compaction and not faults:
        compaction.check(run.tables, length_ms, deadline_ms)
    pending = claims.remaining()
    report = run.finish(landing.report, days.report, compaction.report, len(pending))
    report.retention = retention.report
    _leave_wake_up(ports, config, report, gaps)
    pending += ports.ledger.in_states(WindowState.EXPORTING)
    with suppress(UnreadableItemError):  # the ledger reports it
        note = ports.ledger.load(RUN, EXPORT)
        exported = note.value if note else None
        paused = held(ports.ledger.load_all(PAUSED)) if pending else ()
        report.oldest_pending_age_s = oldest_pending_age_s(pending, paused, ports.clock.now_ms(), exported)
    ports.telemetry.event("convert finished", **report.to_json())
    faults += [*retention.faults, *compaction.faults]
    if faults:
        raise faults[0]
    return report


def _leave_wake_up(ports: ConvertPorts, config: ConvertConfig, report: ConvertReport, gaps: CatalogGaps) -> None:
    """Requests a crawl if this run's rows need one, and wakes the next run: at once for work, later for the catalog.

    Overdue gaps lost their wake-up. The export job requests crawls for them again, so it is woken at once.
    """
    left = gaps.close_rest()
    asked = gaps.ask([gap for gap in left if gap.is_new])
    report.catalog_gaps, report.catalog_errors = gaps.open, gaps.trouble
    waits, progress = report.remaining or report.landing.waiting, report.converted or report.landing.scanned
    # Without progress the schedule wakes the next run. Any run of the export job looks for gaps, too.
    body = b"" if waits and progress else gaps.wake_up([*asked, *gaps.overdue(left)])
    if body is not None:
        ports.control.put(f"{REQUESTS}continue/{config.run_id}", body)


def _convert_all(
    run: ConvertRun,
    claims: Claims,
    landing: LandingRun,
    leases_of_others: LeaseWaiter,
    *,
    gaps: CatalogGaps,
    deadline_ms: int,
) -> None:
    """Converts until there is nothing left to claim, to take in or to wait for, or until the deadline."""
    worked = False
    while run.in_time(deadline_ms) and not run.faults:
        claimed = claims.acquire(BATCH_WINDOWS)
        if claimed:
            run.convert(claimed, deadline_ms)
            gaps.register()
            worked = landing.is_used
            continue
        # Objects that were landed meanwhile, or had to wait for a window of this run, may have no other wake-up.
        more = landing.reconcile(deadline_ms) if worked and not landing.faults else []
        claims.enqueue(more)
        worked = False
        if not more and not leases_of_others.wait(claims.remaining()):
            break
