"""The plan of a repair: what is converted again, written again, removed or corrected, and what is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gluelocal.crawl.entries import as_table_input
from loglake.aws.faults import translated
from loglake.core.catalog_gaps import Missing
from loglake.core.keys import REMOVED, landed_quarantine_file
from loglake.core.landing.objects import LandedObject
from loglake_cli.operations.deployment import Deployment, scan_again
from loglake_cli.operations.evidence import read_table
from loglake_cli.operations.repair.restore import Removal, put_aside, removals
from loglake_cli.operations.repair.windows import WindowRepairs, plan_table, without
from loglake_cli.operations.rerun import Reopened, RerunPlan, rerun
from loglake_cli.operations.selection import ALL, Selection
from loglake_cli.operations.verify.catalog import Committed, foreign_partitions, table_location
from loglake_cli.operations.verify.check import verify
from loglake_cli.operations.verify.damage import Damage, Repair
from loglake_cli.operations.verify.lost import survey


def repair_catalog(deployment: Deployment, committed: Committed) -> bool:
    """Gives a table its Location, columns and types, and each partition that has rows its own.

    Returns:
        Whether the catalog has the table. If it has not, a crawl is what makes it.
    """
    glue, table = deployment.glue, committed.table
    found = read_table(glue, deployment.database, table)
    if found is None:
        return False
    entry = as_table_input(_repaired(committed, found.entry))
    if entry != as_table_input(found.entry):
        with translated("glue:UpdateTable", table):
            glue.update_table(DatabaseName=deployment.database, TableInput=entry)
    foreign = [list(found.partitions[name]["Values"]) for name in foreign_partitions(committed, found)]
    deployment.partitions.delete(table, foreign)
    deployment.partitions.register(table, Missing(partitions=tuple(committed.partitions)))
    return True


def _repaired(committed: Committed, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A table with its Location, and with all columns and their types."""
    stored = entry["StorageDescriptor"]
    kinds, known = committed.types(), {column["Name"] for column in stored["Columns"]}
    columns = [{**column, "Type": kinds.get(column["Name"], column["Type"])} for column in stored["Columns"]]
    columns += [{"Name": name, "Type": kind} for name, kind in kinds.items() if name not in known]
    location = table_location(committed.bucket, committed.table)
    same = stored.get("Location", "").rstrip("/") == location.rstrip("/")
    here = stored["Location"] if same else location
    return {**entry, "StorageDescriptor": {**stored, "Columns": columns, "Location": here}}


@dataclass(frozen=True)
class RepairPlan:
    """The plan for damage.

    Attributes:
        damage: all damage of the selection.
        windows: the plan for windows, by table.
        remove: files without a decision, to move to `removed/`.
        landed: landed objects to scan again, because their quarantine is gone.
        catalog: tables with catalog entries to correct.
        left: what stays damaged, and why, in sentences.
    """

    damage: tuple[Damage, ...] = ()
    windows: tuple[WindowRepairs, ...] = ()
    remove: tuple[Removal, ...] = ()
    landed: tuple[LandedObject, ...] = ()
    catalog: tuple[Committed, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def rerun(self) -> RerunPlan:
        """The windows that are converted again, or exported again."""
        plans = [each.plan for each in self.windows]
        return RerunPlan(
            tuple(each for plan in plans for each in plan.convert), tuple(row for plan in plans for row in plan.export)
        )

    def with_adopted(self, reopened: Reopened) -> Reopened:
        """What is retried, with the windows that get a row and are converted again."""
        adopted = [each.row for window in self.windows for each in window.adopted if each.row.attempt]
        return replace(reopened, converting=(*reopened.converting, *adopted))

    @property
    def moved(self) -> tuple[Removal, ...]:
        """All files that leave the tables, also those of compactions without a decision: their rows come again."""
        places = (place for each in self.windows for place in each.places)
        return (*self.remove, *(removal for place in places for removal in place.unnamed))

    @property
    def written(self) -> list[str]:
        """Keys that are written again, or anew."""
        return [key for each in self.windows for key in each.written]


@dataclass(frozen=True)
class Repaired:
    """The result of repair.

    Attributes:
        reopened: windows.
        left: what could not be done, because another run changed it meanwhile.
    """

    reopened: Reopened = field(default_factory=Reopened)
    left: tuple[str, ...] = ()


def selected(damage: Iterable[Damage], chosen: Selection) -> list[Damage]:
    """The damage of a selection; with log groups, only damage of their windows."""
    mine = (each for each in damage if chosen.table in {None, each.table})
    return [each for each in mine if not chosen.log_groups or any(chosen.has_group(group) for group, _ in each.windows)]


def plan_repair(
    deployment: Deployment, chosen: Selection = ALL, *, deep: bool = False, remove_unnamed: bool = False
) -> RepairPlan:
    """Finds damage and plans how to repair it; changes nothing.

    Args:
        deployment: where.
        chosen: which tables and log groups.
        deep: read every byte.
        remove_unnamed: a person wants files without a decision removed.
    """
    damage = selected(verify(deployment, chosen.table or "", deep=deep).damage, chosen)
    by_table: dict[str, list[Damage]] = defaultdict(list)
    for each in damage:
        by_table[each.table].append(each)
    windows, catalog = [], []
    for table, mine in sorted(by_table.items()):
        there = survey(deployment, table) if table else None
        if there and any(each.kind.repair in {Repair.CONVERT, Repair.RESTORE} for each in mine):
            windows.append(plan_table(deployment, there, mine, remove_unnamed=remove_unnamed).repairs)
        if there and any(each.kind.repair is Repair.CATALOG for each in mine):
            schemas = deployment.ledger.history(table)
            catalog.append(Committed(table, there.windows, schemas, None, deployment.lake.bucket))
    removable = [(each.key, each.what) for each in damage if each.kind.repair is Repair.REMOVE]
    removable += [(key, why) for each in windows for key, why in each.hopeless.items()]
    left = [
        *(f"{key} {why}: --remove-unnamed moves it to {REMOVED}" for key, why in removable if not remove_unnamed),
        *(f"{each.key} {each.what}: {each.fix('')}" for each in damage if each.kind.repair is Repair.HAND),
        *(line for each in windows for line in each.left),
    ]
    remove = tuple(removals(deployment.lake, [key for key, _ in removable] if remove_unnamed else ()))
    return RepairPlan(tuple(damage), tuple(windows), remove, _landed(deployment, damage), tuple(catalog), tuple(left))


def repair(deployment: Deployment, plan: RepairPlan) -> Repaired:
    """Applies the plan. After a crash the next verification finds the remaining damage."""
    left = [line for each in plan.windows for line in each.write(deployment)]
    decided = tuple(replace(each, plan=without(each.plan, each.undecided)) for each in plan.windows)
    reopened = rerun(deployment, replace(plan, windows=decided).rerun)
    adopted = plan.with_adopted(reopened)
    scan_again(deployment, plan.landed)
    crawls = [committed.table for committed in plan.catalog if not repair_catalog(deployment, committed)]
    if (crawls or plan.landed or adopted != reopened) and not reopened.woken:
        deployment.wake()
        adopted = replace(adopted, woken=True)
    removed = [each.key for each in plan.remove]
    put_aside(deployment.lake, removed, deployment.clock.now_ms())
    deployment.changed.extend([*plan.written, *removed, *(committed.table for committed in plan.catalog)])
    return Repaired(adopted, tuple(left))


def repair_all(
    deployment: Deployment, plan: RepairPlan, again: Callable[[], RepairPlan]
) -> tuple[RepairPlan, Repaired]:
    """Applies a plan, and what it reveals: a restored row or decision shows what of its window is damaged.

    Returns:
        All that was done. What is under way after the first step is left to the workflow.
    """
    done = repair(deployment, plan)
    if not any(each.adopted or each.places for each in plan.windows):
        return plan, done
    more = again()
    then = repair(deployment, more)
    reopened = Reopened(
        (*done.reopened.converting, *then.reopened.converting),
        (*done.reopened.exporting, *then.reopened.exporting),
        (*done.reopened.held, *then.reopened.held),
        done.reopened.woken or then.reopened.woken,
    )
    both = replace(
        plan,
        windows=(*plan.windows, *more.windows),
        remove=(*plan.remove, *more.remove),
        catalog=(*plan.catalog, *more.catalog),
    )
    return both, Repaired(reopened, (*done.left, *then.left))


def _landed(deployment: Deployment, damage: Sequence[Damage]) -> tuple[LandedObject, ...]:
    """The landed objects with a missing quarantine file."""
    gone = {each.key for each in damage if each.kind.repair is Repair.CONVERT and not each.table}
    if not gone:
        return ()
    return tuple(each for each in deployment.ledger.landed_objects() if landed_quarantine_file(each.key) in gone)
