"""Continues without rows if their files and their raw objects are gone: a person accepts that."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from loglake.core.compaction.keys import place_of
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.units import LogGroupName
from loglake.errors import LedgerConflictError
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.repair.compacted import PlaceRepair, damaged_places
from loglake_cli.operations.repair.restore import put_aside
from loglake_cli.operations.repair.windows import plan_table
from loglake_cli.operations.rerun import RerunPlan
from loglake_cli.operations.verify.check import verify
from loglake_cli.operations.verify.lost import survey


@dataclass(frozen=True)
class LostRows:
    """A window that continues without some of its rows.

    Attributes:
        left: its decision from then on: the files that are whole.
        remove: keys of damaged files.
        rows: how many rows go, and `entries` how many of quarantine.
    """

    row: LedgerRow
    left: Manifest
    remove: tuple[str, ...]
    rows: int
    entries: int


@dataclass(frozen=True)
class LostPlan:
    """The plan for a log group.

    Attributes:
        places: decisions about partitions, without the damaged files that windows share.
        plan: other windows with rows in these files, which are converted again.
    """

    windows: tuple[LostRows, ...] = ()
    places: tuple[PlaceRepair, ...] = ()
    plan: RerunPlan = field(default_factory=RerunPlan)


def plan_lost(deployment: Deployment, log_group: LogGroupName) -> LostPlan:
    """The windows of a log group with files that can't be made again; changes nothing."""
    tables = sorted({row.table for row in deployment.ledger.rows(log_group) if row.live})
    found = [_of_table(deployment, table, log_group) for table in tables]
    return LostPlan(
        tuple(window for each in found for window in each.windows),
        tuple(place for each in found for place in each.places),
        RerunPlan(
            tuple(window for each in found for window in each.plan.convert),
            tuple(row for each in found for row in each.plan.export),
        ),
    )


def accept_lost(deployment: Deployment, lost: LostPlan) -> None:
    """Writes decisions and ledger rows for what is left, then removes damaged files. Safe to repeat."""
    for place in lost.places:
        place.decide(deployment.lake, deployment.clock.now_ms())
    for each in lost.windows:
        row, left = each.row, each.left
        assert row.live
        if deployment.ledger.row(*row.name) != row:
            continue  # another run has changed it since somebody was asked: the next check finds what is left to do
        batch = Batch.alone(left)
        deployment.lake.put(batch.key, batch.to_bytes())
        with suppress(LedgerConflictError):  # or a moment ago
            deployment.ledger.replace(row.lose(deployment.clock.now_ms(), left.noted_in(row.live), batch.name))
            put_aside(deployment.lake, each.remove, deployment.clock.now_ms())
            deployment.changed.append(batch.key)


def _of_table(deployment: Deployment, table: str, log_group: LogGroupName) -> LostPlan:
    damage = verify(deployment, table).damage
    if not any(group == log_group for each in damage for group, _ in each.windows):
        return LostPlan()
    there = survey(deployment, table)
    planner = plan_table(deployment, there, damage, remove_unnamed=True)
    # With a file that has rows of unknown windows, these would go, too.
    stuck = {name for place in planner.repairs.wanted_places if place.unknown for name in place.held}
    mine = {name for name in planner.repairs.gone - stuck if name[0] == log_group}
    places = tuple(place for place in planner.repairs.wanted_places if place.lost & mine)
    rows = {row.name: row for row in there.rows}
    bad = {each.key for each in damage if not damaged_places(each, there.shared)}
    going = {key for place in places for key in place.decision.supersedes}
    decided = {place.decision.place for place in places}
    stay = {
        part
        for part, file in there.shared.holders.items()
        if file.final_key not in going
        and (file.final_key in there.found.tables or place_of(file.final_key) not in decided)
    }
    files = {*there.found.tables, *there.found.quarantine}
    whole = {*(files - bad), *stay}
    lost = tuple(_lost(rows[name], planner.manifests[name], whole, files & bad) for name in sorted(mine))
    again = {name for place in places for name in place.lost} - mine
    possible = planner.repairs.possible
    convert = tuple(each for each in possible.convert if each.row.name in again)
    export = tuple(row for row in possible.export if row.name in again)
    return LostPlan(lost, places, RerunPlan(convert, export))


def _lost(row: LedgerRow, manifest: Manifest, whole: set[str], damaged: set[str]) -> LostRows:
    gone = {staged.final_key for staged in manifest.files if staged.final_key not in whole}
    left = manifest.without(gone)
    before, after = manifest.accounting, left.accounting
    remove = tuple(sorted(gone & damaged))
    return LostRows(row, left, remove, before.rows_out - after.rows_out, before.quarantined - after.quarantined)
