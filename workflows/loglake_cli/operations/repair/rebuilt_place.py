"""Restores the decision about a partition's compacted files from their rows."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from loglake.core.compaction.decision import CompactedFile, Decision, Part
from loglake.core.compaction.keys import Place, is_compacted, place_of
from loglake.core.keys import LANDING, parse_export_key, window_label
from loglake.core.ledger.manifest import Manifest
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import LogGroupName
from loglake_cli.operations.repair.restore import OWNER, columns_of_file
from loglake_cli.operations.verify.evidence import Evidence
from loglake_cli.operations.verify.survey import Survey


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
        files.append(CompactedFile("", key, there.found.tables[key], tuple(parts)))
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
