"""Decides anew about files that windows share if one, or the decision about them, is damaged or gone.

It is an entry of the partition's compaction log, also if a file was not compacted. The entry removes a damaged file. A
file whose own decision is lost becomes a compacted one, if its rows show whose they are.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

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

    Its key prefix is empty if its raw objects were landed, and its log group too if it is of no raw object.
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
    generations = {row.key_prefix: row.live.generation for row in there.rows if row.live}
    for key in sorted(key for key in rebuilt if place_of(key) == place):
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
                name = _name(place, run.prefix, generations.get(run.prefix, run.generation))
                parts.append(Part(name, run.log_group, run.rows))
            elif rows != run.rows:
                return None
        staged, final = ("", key) if is_compacted(key) else (key, place.file(number, len(files)))
        files.append(SharedFile(staged, final, there.found.tables[key], tuple(parts)))
    names = [part.key for file in files for part in file.parts]
    moved = tuple(file.staged_key for file in files if file.staged_key)
    return Decision(place, number, OWNER, tuple(files), moved) if files and len(names) == len(set(names)) else None


def _name(place: Place, prefix: str, generation: int) -> str:
    """What identifies rows of a window whose decision is lost."""
    return f"{place.prefix}{prefix.replace('/', '.')}.g{generation}.0000.parquet"


def _missing(
    place: Place, there: Survey, manifests: Collection[Manifest], elsewhere: Collection[str]
) -> Mapping[str, deque[Part]]:
    """The files of windows that are not there: by key prefix, and of landed windows by log group, in order.

    Landed rows don't say their window: if its decision is lost, but not its row, they are as many as that has.
    """
    missing: dict[str, deque[Part]] = defaultdict(deque)
    waiting: list[tuple[WindowName, str, Part]] = []
    for manifest in manifests:
        for staged in manifest.files:
            is_gone = staged.final_key not in there.found.tables and staged.final_key not in elsewhere
            if staged.partition == place.partition and staged.rows and is_gone:
                landed = any(key.startswith(LANDING) for key in manifest.objects)
                part = Part(staged.final_key, manifest.log_group, staged.rows)
                waiting.append((manifest.name, manifest.log_group if landed else manifest.keys.prefix, part))
    decided = {manifest.name for manifest in manifests}
    for row in there.rows:
        if row.live and row.landed and row.name not in decided and row.live.partitions == (place.partition,):
            name = _name(place, row.key_prefix, row.live.generation)
            waiting.append((row.name, row.log_group, Part(name, row.log_group, row.live.accounting.rows_out)))
    for _, of, part in sorted(waiting, key=lambda each: each[0]):
        missing[of].append(part)
    return missing


def runs(lake: ObjectStore, key: str) -> Iterator[Run]:
    """Whose rows a file has, in their order; none if it can't be read."""
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
    going = [run for each in unnamed for run in runs(evidence.lake, each.key)]
    return PlaceRepair(
        Decision(place, number, OWNER, kept, tuple(sorted({*files, *filter(is_shared, bad)}))),
        lost,
        lost | held,
        unnamed,
        frozenset(_unknown(going, place, there, [manifests[name] for name in lacking], undecided)),
    )


def _decided_in(decisions: Collection[str], there: Survey) -> list[LedgerRow]:
    """The rows whose current version is of one of these decisions, which are lost."""
    return [row for row in there.rows if row.live and decision_key(row.table, row.decisions[0]) in decisions]


def _unknown(
    going: Collection[Run], place: Place, there: Survey, lost: Collection[Manifest], undecided: Collection[LedgerRow]
) -> Iterator[LogGroupName]:
    """The log groups of rows that may be nowhere else.

    Rows are elsewhere, or come again, if their time is that of a window whose decision is known, or that is undecided.
    Landed rows don't say their window, so they are counted.
    """
    held: dict[str, list[Window]] = defaultdict(list)
    for row in [*(each.row for each in there.windows if each.current), *undecided]:
        held[row.keys.slug].append(row.window)
    exported = {run.prefix for run in going}
    landed: Counter[LogGroupName] = Counter()
    for row in undecided:
        landed[row.log_group] -= row.accounting.rows_out if row.accounting else 0
    for run in going:
        landed[run.log_group] += 0 if run.prefix else run.rows
    for each in lost:
        if each.keys.prefix not in exported:
            landed[each.log_group] -= sum(file.rows for file in each.files if file.partition == place.partition)
    for run in going:
        slug, _, label = run.prefix.partition("/")
        windows = held[slug] if slug else ()
        is_known = any(window.holds(parse_window_label(label)) for window in windows)
        if run.log_group and not (is_known if slug else landed[run.log_group] <= 0):
            yield run.log_group


def _lacks(manifest: Manifest, place: Place, there: Survey, parts: Collection[str]) -> bool:
    """Whether a window's rows are in no file of a partition."""
    mine = (staged.final_key for staged in manifest.files if staged.partition == place.partition)
    return any(place_of(key) == place and key not in there.found.tables and key not in parts for key in mine)
