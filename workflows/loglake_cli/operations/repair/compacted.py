"""Decides anew about files that windows share if one, or the decision about them, is damaged or gone.

It is an entry of the partition's compaction log, also if a file was not compacted. The entry removes a damaged file. A
file whose own decision is lost becomes a compacted one, if its rows show whose they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from loglake.core.compaction.decision import Decision, Part, SharedFile
from loglake.core.compaction.keys import Place, is_compacted, parse_log_key, place_of
from loglake.core.keys import LANDING, decision_key, parse_export_key, parse_window_label, window_label
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window, WindowName
from loglake.pipelines.compaction.log import CompactionLog
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.repair.restore import OWNER, Removal, columns_of_file, put_aside, removals
from loglake_cli.operations.verify.damage import Damage
from loglake_cli.operations.verify.files import SharedFiles, is_shared
from loglake_cli.operations.verify.lost import Survey


@dataclass(frozen=True)
class Run:
    """Consecutive rows of a window in a file.

    Its key prefix is empty for landed rows whose window is not known, and its log group too for rows of no raw object.
    """

    log_group: LogGroupName
    prefix: str
    generation: int
    rows: int


def rebuilt_decision(place: Place, bad: Collection[str], there: Survey, evidence: Evidence) -> Decision | None:
    """The decision that names all compacted files of a partition, and makes compacted ones of those whose own is lost.

    The rows of a window that has a decision are its missing files, in their order. Those of a window without one get
    the name of the file that they would have been.

    Args:
        place: the partition.
        bad: the keys of its damage, none of them a file.
        there: what is in the lake.
        evidence: where it is.

    Returns:
        None if the rows of a file don't show whose they are.
    """
    known, number = there.places.get(place), next_number(place, bad, there)
    live = known.live if known and not any(map(parse_log_key, bad)) else None
    files = [replace(file, staged_key="") for file in (live.files if live else ())]
    rebuilt = {*there.shared.lost, *(() if live else filter(is_compacted, there.found.tables))}
    others = [file for key, file in there.shared.converted.items() if key in there.found.tables]
    elsewhere = {part.key for file in [*files, *others] for part in file.parts}
    manifests = [each.current for each in there.windows if each.current]
    held = [(row.log_group, row.window) for row in there.rows if row.live]
    for part in there.without_rows.values():
        if not any(group == part.log_group and window.holds(part.window) for group, window in held):
            manifests.append(part)
    missing, decided = _missing(place, there, manifests, elsewhere), {each.keys.prefix for each in manifests}
    landed = _landed(manifests, there.rows)
    generations = {row.key_prefix: row.live.generation for row in there.rows if row.live}
    for key in sorted(key for key in rebuilt if place_of(key) == place):
        parts: list[Part] = []
        found = list(runs(evidence.lake, key, landed))
        if not any(run.log_group for run in found):
            continue  # a foreign file
        for run in found:
            waiting = missing[run.prefix]
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
        staged, final = ("", key) if is_compacted(key) else (key, place.file(number, len(files)))
        files.append(SharedFile(staged, final, there.found.tables[key], tuple(parts)))
    names = [part.key for file in files for part in file.parts]
    moved = tuple(file.staged_key for file in files if file.staged_key)
    return Decision(place, number, OWNER, tuple(files), moved) if files and len(names) == len(set(names)) else None


def _missing(
    place: Place, there: Survey, manifests: Collection[Manifest], elsewhere: Collection[str]
) -> Mapping[str, deque[Part]]:
    """The files of windows that are not there, by key prefix, in order."""
    missing: dict[str, deque[Part]] = defaultdict(deque)
    for manifest in manifests:
        for staged in manifest.files:
            is_gone = staged.final_key not in there.found.tables and staged.final_key not in elsewhere
            if staged.partition == place.partition and staged.rows and is_gone:
                part = Part(staged.final_key, manifest.log_group, staged.rows)
                missing[manifest.keys.prefix].append(part)
    return missing


Landed = Mapping[LogGroupName, Sequence["tuple[Window, str]"]]
"""The windows that landed objects are for, in order, with their key prefixes."""


def _landed(manifests: Iterable[Manifest], rows: Iterable[LedgerRow]) -> Landed:
    found: dict[LogGroupName, set[tuple[Window, str]]] = defaultdict(set)
    for each in manifests:
        if any(key.startswith(LANDING) for key in each.objects):
            found[each.log_group].add((each.window, each.keys.prefix))
    for row in rows:
        if row.live and row.landed:
            found[row.log_group].add((row.window, row.key_prefix))
    return {log_group: sorted(mine) for log_group, mine in found.items()}


def runs(lake: ObjectStore, key: str, landed: Landed) -> Iterator[Run]:
    """Whose rows a file has, in their order; none if it can't be read. Landed ones are of the window of their time."""
    rows = columns_of_file(lake, key, ["log_group", "_source", "event_time"]).to_pylist()
    for (group, prefix), run in groupby((_source(row, landed) for row in rows), lambda each: each[:2]):
        generations = [generation for _, _, generation in run]
        yield Run(group, prefix, max(generations), len(generations))


def _source(row: Mapping[str, Any], landed: Landed) -> tuple[LogGroupName, str, int]:
    group, source = LogGroupName(row["log_group"] or ""), row["_source"] or ""
    found = parse_export_key(source)
    if found:
        return group, f"{found.slug}/{window_label(found.window)}", found.generation
    if not source.startswith(LANDING):
        return LogGroupName(""), "", 0
    ms, windows = row["event_time"] or 0, landed.get(group, ())
    at = bisect_right(windows, ms, key=lambda each: each[0].from_ms)
    return group, windows[at - 1][1] if at and windows[at - 1][0].to_ms > ms else "", 0


_NUMBER = re.compile(r"compacted\.c(\d{6})\.")


@dataclass(frozen=True)
class PlaceRepair:
    """A decision without the damaged files.

    Attributes:
        lost: windows without rows in any file of the partition then: they have to be converted again.
        held: these, and windows with rows that stay in compacted files. If the decision can't be made, none of them can
            be converted again: its commit would have to remove rows from a damaged file, or leave its rows there twice.
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
        moved = {file.staged_key for file in self.decision.files}
        put_aside(lake, [key for key in self.decision.supersedes if key not in moved], now_ms, delete=False)
        if not log.decide(self.decision):
            return False
        log.apply(self.decision)
        return True


def damaged_places(damage: Damage, shared: SharedFiles) -> set[Place]:
    """The partitions whose shared files, or decisions about them, are damaged; none if the damage is something else."""
    logged = parse_log_key(damage.key)
    if logged:
        return {logged.place}
    files = [damage.key] if is_shared(damage.key) else [key for key, lost in shared.lost.items() if lost == damage.key]
    return {place for key in files if (place := place_of(key))}


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
        damage: of its shared files and of decisions about them.
        there: what is in the lake.
        manifests: those of all windows of the table, by window.
    """
    known, bad, shared = there.places.get(place), {each.key for each in damage}, there.shared
    live = known.live.files if known and known.live else ()
    kept = tuple(
        replace(file, staged_key="")
        for file in live
        if file.final_key in there.found.tables and file.final_key not in bad
    )
    named, stay = {file.final_key for file in live}, {file.final_key for file in kept}
    here = [key for key in there.found.tables if place_of(key) == place]
    files = [key for key in here if (is_compacted(key) and key not in stay) or key in shared.lost]
    number = next_number(place, bad, there)
    others = [shared.converted[key] for key in here if key in shared.converted and key not in bad]
    parts = {part.key for file in [*kept, *others] for part in file.parts}
    lacking = {name for name, each in manifests.items() if _lacks(each, place, there, parts)}
    undecided = _decided_in({shared.lost[key] for key in files if key in shared.lost}, there)
    lost = frozenset({*lacking, *(row.name for row in undecided)})
    inside = {staged.final_key: name for name, each in manifests.items() for staged in each.files}
    held = {inside[part.key] for file in live for part in file.parts if part.key in inside}
    unnamed = tuple(removals(evidence.lake, (key for key in files if key not in named)))
    landed = _landed(manifests.values(), there.rows)
    going = [run for each in unnamed for run in runs(evidence.lake, each.key, landed)]
    return PlaceRepair(
        Decision(place, number, OWNER, kept, tuple(sorted({*files, *filter(is_shared, bad)}))),
        lost,
        lost | held,
        unnamed,
        frozenset(_unknown(going, there, undecided)),
    )


def _decided_in(decisions: Collection[str], there: Survey) -> list[LedgerRow]:
    """The rows whose current version is of one of these decisions, which are lost."""
    return [row for row in there.rows if row.live and decision_key(row.table, row.decisions[0]) in decisions]


def _unknown(going: Collection[Run], there: Survey, undecided: Collection[LedgerRow]) -> Iterator[LogGroupName]:
    """The log groups of rows that may be nowhere else.

    Rows are elsewhere, or come again, if their time is that of a window whose decision is known, or that is undecided.
    """
    held: dict[str, list[Window]] = defaultdict(list)
    for row in [*(each.row for each in there.windows if each.current), *undecided]:
        held[row.keys.slug].append(row.window)
    for run in going:
        slug, _, label = run.prefix.partition("/")
        if run.log_group and not any(window.holds(parse_window_label(label)) for window in held[slug]):
            yield run.log_group


def _lacks(manifest: Manifest, place: Place, there: Survey, parts: Collection[str]) -> bool:
    """Whether a window's rows are in no file of a partition."""
    mine = (staged.final_key for staged in manifest.files if staged.partition == place.partition)
    return any(place_of(key) == place and key not in there.found.tables and key not in parts for key in mine)
