"""Decides anew about a partition's compacted files if one, or the decision about them, is damaged."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from loglake.core.compaction.decision import Decision
from loglake.core.compaction.keys import Place, is_compacted, parse_log_key, place_of
from loglake.core.ledger.manifest import Manifest
from loglake.core.ports.objects import ObjectStore
from loglake.core.windows import WindowName
from loglake.pipelines.compaction.log import CompactionLog
from loglake_cli.operations.repair.restore import OWNER
from loglake_cli.operations.verify.check import Survey
from loglake_cli.operations.verify.damage import Damage

_NUMBER = re.compile(r"compacted\.c(\d{6})\.")


@dataclass(frozen=True)
class PlaceRepair:
    """A decision without the damaged files.

    Attributes:
        lost: windows without rows in any file of the partition then: they have to be converted again.
        held: these, and windows with rows that stay in compacted files. If the decision can't be made, none of them can
            be converted again: its commit would have to remove rows from a damaged file.
        unnamed: it removes files that no decision names.
    """

    decision: Decision
    lost: frozenset[WindowName]
    held: frozenset[WindowName]
    unnamed: bool

    def decide(self, lake: ObjectStore) -> bool:
        """Writes and applies the decision; False if another run decided under its number."""
        log = CompactionLog(lake, self.decision.place, OWNER)
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


def repair_place(
    place: Place, damage: Collection[Damage], there: Survey, manifests: Mapping[WindowName, Manifest]
) -> PlaceRepair:
    """The decision about a partition.

    Args:
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
    numbers = [int(match[1]) for key in files if (match := _NUMBER.search(key))]
    logged = [found.number for key in bad if (found := parse_log_key(key))]
    number = max([known.newest if known else 0, *numbers, *logged]) + 1
    parts = {part.key for file in kept for part in file.parts}
    lost = frozenset(name for name, each in manifests.items() if _lacks(each, place, there, parts))
    inside = {staged.final_key: name for name, each in manifests.items() for staged in each.files}
    held = {inside[part.key] for file in live for part in file.parts if part.key in inside}
    return PlaceRepair(
        Decision(place, number, OWNER, kept, tuple(sorted({*files, *(key for key in bad if is_compacted(key))}))),
        lost,
        lost | held,
        any(key not in named for key in files),
    )


def _lacks(manifest: Manifest, place: Place, there: Survey, parts: Collection[str]) -> bool:
    """Whether a window's rows are in no file of a partition."""
    mine = (staged.final_key for staged in manifest.files if staged.partition == place.partition)
    return any(place_of(key) == place and key not in there.found.tables and key not in parts for key in mine)
