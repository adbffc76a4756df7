"""Decides anew about a partition's compacted files if one, or the decision about them, is damaged or gone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from loglake.core.compaction.decision import Decision, Part, SharedFile
from loglake.core.compaction.keys import Place, is_compacted, parse_log_key, place_of
from loglake.core.keys import LANDING, parse_export_key, window_label
from loglake.core.ledger.manifest import Manifest
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import WindowName
from loglake.pipelines.compaction.log import CompactionLog
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.repair.restore import OWNER, Removal, columns_of_file, put_aside, removals
from loglake_cli.operations.verify.damage import Damage
from loglake_cli.operations.verify.lost import Survey


@dataclass(frozen=True)
class Run:
    """Consecutive rows of a window in a file.

    Its key prefix is empty if its raw objects were landed, and its log group too if it is of no raw object.
    """

    log_group: LogGroupName
    prefix: str
    generation: int
    rows: int


def rebuilt_decision(place: Place, number: int, there: Survey, evidence: Evidence) -> Decision | None:
    """The decision that names all compacted files of a partition; None if their rows don't show what they are.

    The rows of a window that has a decision are its missing files, in their order. Those of a window without one get
    the name of the file that they would have been.

    Args:
        place: the partition.
        number: of the new decision.
        there: what is in the lake.
        evidence: where it is.
    """
    manifests = [each.current for each in there.windows if each.current]
    held = [(row.log_group, row.window) for row in there.rows if row.live]
    for part in there.without_rows.values():
        if not any(group == part.log_group and window.holds(part.window) for group, window in held):
            manifests.append(part)
    missing, decided = _missing(place, there, manifests), {each.keys.prefix for each in manifests}
    generations = {row.key_prefix: row.live.generation for row in there.rows if row.live}
    files = []
    for key in sorted(key for key in there.found.tables if place_of(key) == place and is_compacted(key)):
        parts: list[Part] = []
        found = list(runs(evidence.lake, key))
        if not any(run.log_group for run in found):
            continue  # a foreign file
        for run in found:
            waiting = missing[run.log_group if not run.prefix else run.prefix]
            rows = 0
            while waiting and rows < run.rows:
                parts.append(waiting.popleft())
                rows += parts[-1].rows
            if not rows and run.prefix and run.prefix not in decided:
                generation = generations.get(run.prefix, run.generation)
                name = f"{run.prefix.replace('/', '.')}.g{generation}.0000.parquet"
                parts.append(Part(place.prefix + name, run.log_group, run.rows))
            elif rows != run.rows:
                return None
        files.append(SharedFile("", key, there.found.tables[key], tuple(parts)))
    names = [part.key for file in files for part in file.parts]
    return Decision(place, number, OWNER, tuple(files)) if files and len(names) == len(set(names)) else None


def _missing(place: Place, there: Survey, manifests: Collection[Manifest]) -> Mapping[str, deque[Part]]:
    """The files of windows that are not there: by key prefix, and of landed windows by log group, in order."""
    missing: dict[str, deque[Part]] = defaultdict(deque)
    for manifest in sorted(manifests, key=lambda each: (each.log_group, each.window)):
        for staged in manifest.files:
            if staged.partition == place.partition and staged.rows and staged.final_key not in there.found.tables:
                landed = any(key.startswith(LANDING) for key in manifest.objects)
                part = Part(staged.final_key, manifest.log_group, staged.rows)
                missing[manifest.log_group if landed else manifest.keys.prefix].append(part)
    return missing


def runs(lake: ObjectStore, key: str) -> Iterator[Run]:
    """Whose rows a compacted file has, in their order; none if it can't be read."""
    rows = columns_of_file(lake, key, ["log_group", "_source"])
    sources = (_source(row["log_group"] or "", row["_source"] or "") for row in rows.to_pylist())
    for (group, prefix), run in groupby(sources, lambda each: each[:2]):
        generations = [generation for _, _, generation in run]
        yield Run(LogGroupName(group), prefix, max(generations), len(generations))


def _source(log_group: str, source: str) -> tuple[str, str, int]:
    found = parse_export_key(source)
    prefix = f"{found.slug}/{window_label(found.window)}" if found else ""
    own = found or source.startswith(LANDING)
    return log_group if own else "", prefix, found.generation if found else 0


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
