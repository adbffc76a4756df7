"""Decides anew about a partition's compacted files if one, or the decision about them, is damaged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, is_compacted, parse_log_key, place_of
from loglake.core.ledger.manifest import Manifest
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import WindowName
from loglake.pipelines.compaction.log import CompactionLog
from loglake_cli.operations.repair.rebuilt_place import Run, runs
from loglake_cli.operations.repair.removal import Removal, put_aside, removals
from loglake_cli.operations.repair.restore import OWNER
from loglake_cli.operations.verify.damage import Damage
from loglake_cli.operations.verify.evidence import Evidence
from loglake_cli.operations.verify.survey import Survey

_NUMBER = re.compile(r"compacted\.c(\d{6})\.")


@dataclass(frozen=True)
class PlaceRepair:
    """A decision without the damaged files.

    Attributes:
        lost: windows without rows in any file of the partition then: they have to be converted again.
        held: these, and windows with rows that stay in compacted files. If the decision can't be made, none of them can
            be converted again: its commit would have to remove rows from a damaged file.
        unnamed: files that it removes although no decision names them.
        unknown: log groups whose rows would go with these files and are nowhere else.
    """

    decision: Decision
    lost: frozenset[WindowName]
    held: frozenset[WindowName]
    unnamed: tuple[Removal, ...] = ()
    unknown: frozenset[LogGroupName] = frozenset()

    def decide(self, lake: ObjectStore, now_ms: EpochMs) -> bool:
        """Writes and applies the decision; False if another run decided under its number.

        Damaged files are moved, not deleted: as soon as it is decided, any run may delete them.
        """
        log = CompactionLog(lake, self.decision.place, OWNER)
        put_aside(lake, self.decision.supersedes, now_ms, delete=False)
        if not log.decide(self.decision):
            return False
        log.apply(self.decision)
        return True


def damaged_place(damage: Damage) -> Place | None:
    """The partition with damaged compacted files or decisions; None if the damage is something else."""
    logged = parse_log_key(damage.key)
    if logged:
        return logged.place
    return place_of(damage.key) if is_compacted(damage.key) else None


def next_number(place: Place, bad: Collection[str], there: Survey) -> int:
    """The number of the next decision about a partition; `bad` are the keys of its damage."""
    known = there.places.get(place)
    files = [key for key in there.found.tables if place_of(key) == place]
    numbers = [int(match[1]) for key in files if (match := _NUMBER.search(key))]
    logged = [found.number for key in bad if (found := parse_log_key(key))]
    return max([known.newest if known else 0, *numbers, *logged]) + 1


def repair_place(
    evidence: Evidence,
    place: Place,
    damage: Collection[Damage],
    there: Survey,
    manifests: Mapping[WindowName, Manifest],
) -> PlaceRepair:
    """The decision about a partition, without damaged files.

    Args:
        evidence: where it is.
        place: the partition.
        damage: of its compacted files and decisions.
        there: what is in the lake.
        manifests: those of all windows of the table, by window.
    """
    known, bad = there.places.get(place), {each.key for each in damage}
    live = known.live.files if known and known.live else ()
    kept = tuple(
        replace(file, staged_key="")
        for file in live
        if file.final_key in there.found.tables and file.final_key not in bad
    )
    named, stay = {file.final_key for file in live}, {file.final_key for file in kept}
    files = [key for key in there.found.tables if place_of(key) == place and is_compacted(key) and key not in stay]
    number = next_number(place, bad, there)
    parts = {part.key for file in kept for part in file.parts}
    lost = frozenset(name for name, each in manifests.items() if _lacks(each, place, there, parts))
    inside = {staged.final_key: name for name, each in manifests.items() for staged in each.files}
    held = {inside[part.key] for file in live for part in file.parts if part.key in inside}
    unnamed = tuple(removals(evidence.lake, (key for key in files if key not in named)))
    going = [run for each in unnamed for run in runs(evidence.lake, each.key)]
    return PlaceRepair(
        Decision(place, number, OWNER, kept, tuple(sorted({*files, *(key for key in bad if is_compacted(key))}))),
        lost,
        lost | held,
        unnamed,
        frozenset(_unknown(going, place, [manifests[name] for name in lost])),
    )


def _unknown(going: Collection[Run], place: Place, lost: Collection[Manifest]) -> Iterator[LogGroupName]:
    """The log groups of rows that are of none of these windows. Landed rows don't say theirs, so they are counted."""
    known, exported = {each.keys.prefix for each in lost}, {run.prefix for run in going}
    landed: Counter[LogGroupName] = Counter()
    for run in going:
        landed[run.log_group] += 0 if run.prefix else run.rows
    for each in lost:
        if each.keys.prefix not in exported:
            landed[each.log_group] -= sum(file.rows for file in each.files if file.partition == place.partition)
    for run in going:
        if run.log_group and (run.prefix not in known if run.prefix else landed[run.log_group] > 0):
            yield run.log_group


def _lacks(manifest: Manifest, place: Place, there: Survey, parts: Collection[str]) -> bool:
    """Whether a window's rows are in no file of a partition."""
    mine = (staged.final_key for staged in manifest.files if staged.partition == place.partition)
    return any(place_of(key) == place and key not in there.found.tables and key not in parts for key in mine)
