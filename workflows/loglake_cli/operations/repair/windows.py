"""Repairs a table's damaged windows: decisions first, then their conversion from raw objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from loglake.core.compaction.keys import Place
from loglake.core.keys import REMOVED
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import LedgerRow, pending_around
from loglake.core.units import format_instant
from loglake.core.windows import WindowName
from loglake.errors import LedgerConflictError
from loglake.pipelines.object_lists import object_list_body
from loglake.pipelines.reconvert import Convertible
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.repair.adopt import Adopter, Adoption, holder_of
from loglake_cli.operations.repair.compacted import (
    PlaceRepair,
    damaged_places,
    rebuilt_decision,
    repair_place,
)
from loglake_cli.operations.repair.restore import rebuilt_list, rebuilt_manifest
from loglake_cli.operations.rerun import RerunPlan, plan_windows
from loglake_cli.operations.verify.damage import Damage, Kind, Repair
from loglake_cli.operations.verify.decisions import PlaceDecision, WindowDecision
from loglake_cli.operations.verify.files import SharedFiles, is_shared, version_of
from loglake_cli.operations.verify.lost import Survey
from loglake_cli.wording import command

_DECISIONS = frozenset({Kind.DECISION_GONE, Kind.DECISION_UNREADABLE, Kind.DECISION_OTHER})
_LISTS = frozenset({Kind.LIST_GONE, Kind.LIST_OTHER})


@dataclass
class WindowRepairs:
    """The plan for one table.

    Attributes:
        plan: the windows that are converted, or exported, again.
        places: decisions about partitions.
        batches: decisions about windows that are written again, each with the row that notes it.
        lists: lists of raw objects that are written again, by key.
        adopted: windows without a row, which get one again.
        hopeless: files of lost windows without a readable row, each with its damage in words.
        left: what stays damaged, in sentences.
        undecided: windows that can't be converted because of another run's decision.
        gone: windows without raw objects that can't be exported again.
        possible: windows that could be converted or exported if no other window blocked them; `wanted_places`: the
            decisions about partitions in that case.
    """

    plan: RerunPlan = field(default_factory=RerunPlan)
    places: list[PlaceRepair] = field(default_factory=list)
    batches: list[tuple[Batch, LedgerRow]] = field(default_factory=list)
    lists: dict[str, bytes] = field(default_factory=dict)
    adopted: list[Adoption] = field(default_factory=list)
    hopeless: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    undecided: set[WindowName] = field(default_factory=set)
    gone: set[WindowName] = field(default_factory=set)
    possible: RerunPlan = field(default_factory=RerunPlan)
    wanted_places: list[PlaceRepair] = field(default_factory=list)

    @property
    def written(self) -> list[str]:
        """Keys that are written again, or anew; for a ledger row, its log group and window."""
        anew = [each.batch for each in self.adopted if each.batch]
        keys = [key for each in self.adopted for key in each.lists]
        keys += [*self.lists, *(each.key for each in [*(batch for batch, _ in self.batches), *anew])]
        keys += [each.decision.place.decision(each.decision.number) for each in self.places]
        return [*keys, *(f"{each.row.log_group} {each.row.window}" for each in self.adopted)]

    def write(self, deployment: Deployment) -> Iterator[str]:
        """Writes lists, decisions and rows. Yields what was not written because another run changed it meanwhile."""
        for each in self.places:
            if not each.decide(deployment.lake, deployment.clock.now_ms()):
                self.undecided |= each.held
                yield f"{each.decision.place.prefix}: another run decided about it a moment ago; run this again"
        for key, body in self.lists.items():
            deployment.control.put(key, body)
        for batch, row in self.batches:
            deployment.lake.put(batch.key, batch.to_bytes())
            try:
                deployment.ledger.replace(row)
            except LedgerConflictError:
                yield f"{row.log_group} {row.window}: another run changed it a moment ago; run this again"
        for lost in self.adopted:
            if not lost.write(deployment):
                yield f"{lost.row.log_group} {lost.row.window}: it has a row in the ledger by now"


def plan_table(
    deployment: Deployment, there: Survey, damage: Sequence[Damage], *, remove_unnamed: bool
) -> TablePlanner:
    """Plans the repair of a table; changes nothing.

    Args:
        deployment: where.
        there: what there is of the table.
        damage: of it.
        remove_unnamed: files without a decision may be removed.
    """
    planner = TablePlanner(deployment, there)
    planner.rebuild(damage)
    planner.restore(damage)
    planner.decide(damage)
    planner.convert(damage, remove_unnamed=remove_unnamed)
    return planner


class TablePlanner:
    """Plans step by step: `rebuild`, `restore`, `decide`, `convert`.

    Attributes:
        repairs: the result.
        manifests: the decisions of all windows, existing ones and ones to write again.
    """

    def __init__(self, deployment: Deployment, there: Survey) -> None:
        self.repairs = WindowRepairs()
        self._deployment = deployment
        self._there = there
        self._decided = {each.name: each for each in there.windows}
        self.manifests = {name: each.current for name, each in self._decided.items() if each.current}
        self._whole: set[WindowName] = set()
        self._ready: dict[LedgerRow, Convertible] = {}

    def rebuild(self, damage: Sequence[Damage]) -> None:
        """Plans the decisions about shared files that are whole. They show what the next steps need."""
        for place, mine in _places(damage, self._there.shared).items():
            bad = {each.key for each in mine}
            is_whole = not any(map(is_shared, bad))
            decision = rebuilt_decision(place, bad, self._there, self._deployment) if is_whole else None
            if decision:
                self.repairs.places.append(PlaceRepair(decision, frozenset(), frozenset()))
                places = {**self._there.places, place: PlaceDecision(place, decision.number, decision)}
                self._there = replace(self._there, places=places)

    def restore(self, damage: Sequence[Damage]) -> None:
        """Plans what is written again: decisions, then lists, which need these, and rows."""
        for each in damage:
            if each.kind in {Kind.ROW_GONE, Kind.WINDOW_GONE}:
                self._restore_row(each)
            elif each.kind in _DECISIONS:
                for decision in (self._decided[name] for name in each.windows if not self._is_busy(each, name)):
                    self._restore_manifest(decision, each.kind)
        for each in damage:
            if each.kind in _LISTS and not self._is_busy(each, each.windows[0]):
                self._restore_list(each, self._decided[each.windows[0]].row)

    def decide(self, damage: Sequence[Damage]) -> None:
        """Plans the new decisions about partitions."""
        rebuilt = {each.decision.place for each in self.repairs.places}
        self.repairs.places += [
            repair_place(self._deployment, place, mine, self._there, self.manifests)
            for place, mine in _places(damage, self._there.shared).items()
            if place not in rebuilt
        ]

    def convert(self, damage: Sequence[Damage], *, remove_unnamed: bool) -> None:
        """Plans what is converted again, or else exported, and what is left."""
        lost = {name for place in self.repairs.places for name in place.lost}
        direct = {name for each in damage if _is_of_window(each) and not each.failed for name in each.windows}
        self.repairs.left += [f"{each.key} {each.what}: {each.fix('')}" for each in damage if each.failed]
        why = {name: self._why_not(self._decided[name]) for name in sorted(lost | direct)}
        rows = [self._decided[name].row for name, reason in why.items() if not reason]
        plan = plan_windows(self._deployment, rows, {row: self._ready[row] for row in rows if row in self._ready})
        why.update({row.name: reason for row, reason in plan.left})
        gone = self.repairs.gone = {row.name for row, _ in plan.left} - self._whole
        self.repairs.possible, self.repairs.wanted_places = replace(plan, left=()), list(self.repairs.places)
        blocked = self._blocked({name for name, reason in why.items() if reason}, remove_unnamed=remove_unnamed)
        self.repairs.plan = without(self.repairs.possible, blocked)
        # A person accepts what is left of these first, or has a file removed that may have their rows.
        later = gone | (blocked - self._whole)
        self.repairs.batches = [each for each in self.repairs.batches if each[1].name not in later]
        for name in sorted((blocked | {name for name, reason in why.items() if reason}) & (lost | direct)):
            if name not in self._whole:
                self.repairs.left.append(self._left(name, why.get(name, "")))

    def _blocked(self, stuck: Set[WindowName], *, remove_unnamed: bool) -> set[WindowName]:
        """The windows that can't be converted because a partition can't be decided anew; drops such decisions.

        A decision removes a damaged file, so all windows with rows there must be converted again.
        """
        blocked: set[WindowName] = set()
        while True:
            kept = [
                each
                for each in self.repairs.places
                if not each.lost & (stuck | blocked) and (remove_unnamed or not each.unnamed) and not each.unknown
            ]
            dropped = [each for each in self.repairs.places if each not in kept]
            self.repairs.places = kept
            if not dropped:
                return blocked
            for each in dropped:
                blocked |= each.held
                prefix = each.decision.place.prefix
                if each.unknown:
                    groups = ", ".join(sorted(each.unknown))
                    self.repairs.left.append(f"{prefix} has rows of {groups} that nothing else has: they stay there")
                elif each.unnamed and not remove_unnamed:
                    self.repairs.left.append(
                        f"{prefix} has files that no decision names: --remove-unnamed moves them to {REMOVED}"
                    )

    def _left(self, name: WindowName, reason: str) -> str:
        group, window = name
        if not reason:
            reason = "it has rows in a shared file that stays, because other windows of it can't be converted again"
        accept = command("accept", names=[group])
        return f"{group} {window}: {reason}. To go on without what is lost: {accept}"

    def _is_busy(self, damage: Damage, name: WindowName) -> bool:
        """Whether a run works on a window, so that nothing of it may be written again."""
        reason = self._why_not(self._decided[name])
        if reason and damage.kind in _LISTS:  # `convert` reports the others
            self.repairs.left.append(f"{damage.key} {damage.what}: {reason}")
        return bool(reason)

    def _why_not(self, decision: WindowDecision) -> str:
        row = decision.row
        wider = pending_around(row, self._there.rows)
        if wider:
            return f"a wider window is about to replace it: {wider.window}"
        if row.attempt or decision.pending:
            return f"it is {row.state.value}, and what is tried comes first: run the workflow, then this again"
        return ""

    def _restore_manifest(self, decision: WindowDecision, kind: Kind) -> None:
        """Plans a decision from the existing files, and the row that notes it.

        If somebody changed the decision, the files may be changed alike: they count as whole only if it was lost.
        """
        row = decision.row
        assert row.live
        manifest = rebuilt_manifest(row, self._there, self._deployment.lake, self._schema_version(row.table))
        batch, left = Batch.alone(manifest), replace(row.live, decision=manifest.digest)
        noting = row.lose(self._deployment.clock.now_ms(), left, batch.name)
        self.manifests[row.name] = manifest
        self.repairs.batches.append((batch, noting))
        self._decided[row.name] = replace(decision, row=noting)
        rows = sum(staged.rows for staged in manifest.files if staged.partition)
        if kind is not Kind.DECISION_OTHER and rows == manifest.accounting.rows_out:
            self._whole.add(row.name)

    def _schema_version(self, table: str) -> int:
        """The newest one, because that of the files is not known any more."""
        return max((schema.version for schema in self._deployment.ledger.history(table)), default=0)

    def _restore_list(self, damage: Damage, row: LedgerRow) -> None:
        manifest = self.manifests.get(row.name)
        objects = rebuilt_list(row, manifest, self._there, self._deployment) if manifest and row.live else None
        if objects is None or row.live is None:
            again = command("export", "--from ... --to ... --replace", names=[row.log_group])
            self.repairs.left.append(
                f"{damage.key} {damage.what}, and the objects in the raw bucket are others: {again}"
            )
            return
        self.repairs.lists[damage.key] = object_list_body(row.log_group, row.live.task_id, objects)
        self._ready[row] = Convertible(row, row.live, tuple(objects))

    def _restore_row(self, damage: Damage) -> None:
        """Restores a window without a row, unless another row has its time."""
        group, window = damage.windows[0]
        holder = holder_of(self._deployment, group, window)
        if holder:
            reason = f"{holder.window} has its time and is {holder.state.value}: once it is CONVERTED, run this again"
            if holder.live and holder.window != window and window.holds(holder.window):
                times = f"--from {format_instant(window.from_ms)} --to {format_instant(window.to_ms)}"
                rest = command("export", times, names=[group])
                reason = f"{holder.window} has a part of its time. To export the rest: {rest}"
            self.repairs.left.append(f"{damage.key} {damage.what}: {reason}")
            return
        batch = self._there.batches.read.get(damage.key)
        decided = batch.part((group, window)) if batch else None
        prefix = decided.keys.prefix if decided else version_of(damage.key).prefix
        adopter = Adopter(self._there, self._deployment, self._deployment.clock.now_ms())
        adopted = adopter.adopt((group, window), prefix, decided, self._schema_version(damage.table))
        if adopted:
            self.repairs.adopted.append(adopted)
        else:
            why = f"can't be read, and the raw objects of {group} {window} are gone"
            self.repairs.hopeless.update(dict.fromkeys(adopter.files(prefix), why))


def without(plan: RerunPlan, names: Collection[WindowName]) -> RerunPlan:
    """A plan without some windows."""
    return replace(
        plan,
        convert=tuple(each for each in plan.convert if each.row.name not in names),
        export=tuple(row for row in plan.export if row.name not in names),
    )


def _places(damage: Sequence[Damage], shared: SharedFiles) -> Mapping[Place, list[Damage]]:
    """The damage of shared files and of decisions about them, by partition."""
    places: dict[Place, list[Damage]] = defaultdict(list)
    for each in damage:
        if each.kind.repair in {Repair.CONVERT, Repair.RESTORE}:
            for place in sorted(damaged_places(each, shared)):
                places[place].append(each)
    return places


def _is_of_window(damage: Damage) -> bool:
    """Whether a window's own file or decision is damaged, so that it is converted again."""
    converts = damage.kind.repair is Repair.CONVERT or damage.kind in _DECISIONS
    return converts and bool(damage.windows) and not is_shared(damage.key)
