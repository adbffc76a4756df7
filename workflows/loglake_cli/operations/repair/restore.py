"""Restores missing or damaged decisions, object lists and ledger rows from everything else, and moves files aside."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.accounting import Accounting
from loglake.core.compaction.keys import place_of
from loglake.core.keys import EXPORTS, LANDING, REMOVED, parse_export_key
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.schema.conversion import StagedFile
from loglake.core.units import EpochMs, from_ms
from loglake.errors import NotFoundError
from loglake.kernels.parquet.footer import read_footer
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.verify.files import version_of
from loglake_cli.operations.verify.lost import Survey
from loglake_cli.wording import counted

OWNER = "loglake rerun --damaged"


def rebuilt_manifest(row: LedgerRow, there: Survey, lake: ObjectStore, schema_version: int) -> Manifest:
    """The manifest of a window's current version, from the existing files with its names.

    Args:
        row: the window, which has a current version.
        there: the contents of the lake.
        lake: to read the files' row counts.
        schema_version: the table's newest one, because the files' own is not known any more.
    """
    assert row.live
    files = existing_files(row.key_prefix, there, lake)
    return Manifest(
        log_group=row.log_group,
        window=row.window,
        generation=row.live.generation,
        table=row.table,
        owner=OWNER,
        schema_version=schema_version,
        files=tuple(each for each in files if version_of(each.final_key) == (row.key_prefix, row.live.generation)),
        accounting=row.live.accounting,
        key_prefix=row.key_prefix,
        events_before=row.live.events_before,
    )


def existing_files(prefix: str, there: Survey, lake: ObjectStore) -> list[StagedFile]:
    """The files of a window's generations as a decision names them; an unreadable one has no rows."""
    tables, quarantine = there.found.tables.items(), there.found.quarantine.items()
    return [
        *(_loose(key, size, lake) for key, size in tables if version_of(key).prefix == prefix),
        *(_quarantined(key, size, lake) for key, size in quarantine if version_of(key).prefix == prefix),
        *(each for each in _shared(there) if version_of(each.final_key).prefix == prefix),
    ]


def rows_by_source(manifest: Manifest, there: Survey, lake: ObjectStore) -> dict[str, Accounting]:
    """How many rows each raw object gave, as the window's own files have them."""
    counts: Counter[str] = Counter()
    for staged in manifest.files:
        if staged.partition and staged.final_key in there.found.tables:
            counts.update(filter(None, columns_of_file(lake, staged.final_key, ["_source"]).column(0).to_pylist()))
    return {source: Accounting(rows, rows) for source, rows in sorted(counts.items())}


def rebuilt_list(row: LedgerRow, manifest: Manifest, there: Survey, evidence: Evidence) -> list[RawObject] | None:
    """The current version's raw objects; None if the existing ones are not those that the ledger noted."""
    assert row.live
    objects = raw_objects(manifest, {row.live.task_id}, there, evidence)
    return objects if objects_digest(objects) == row.live.digest else None


def raw_objects(manifest: Manifest, tasks: Collection[str], there: Survey, evidence: Evidence) -> list[RawObject]:
    """What the raw bucket has of a window: landed objects, and those of export tasks, in the order of their keys.

    The exact names of their streams come from their rows.
    """
    names = dict(_streams(manifest, there, evidence.lake))
    exported = (
        RawObject(item.key, item.size_bytes, names.get(item.key, key.stream) if key.stream else "")
        for item in evidence.raw.list(f"{EXPORTS}{manifest.keys.prefix}/")
        if (key := parse_export_key(item.key)) and key.task_id in tasks
    )
    landed = (
        RawObject(key, item.size_bytes, "", counts.events_in)
        for key, counts in manifest.objects.items()
        if key.startswith(LANDING)
        for item in evidence.raw.list(key)
        if item.key == key
    )
    return sorted([*exported, *landed], key=lambda each: each.key)


def _loose(key: str, size_bytes: int, lake: ObjectStore) -> StagedFile:
    metadata = read_footer(partial(lake.read_part, key), size_bytes)
    place = place_of(key)
    return StagedFile("", key, metadata.num_rows if metadata else 0, size_bytes, place.partition if place else "")


def _quarantined(key: str, size_bytes: int, lake: ObjectStore) -> StagedFile:
    body = lake.get(key)
    try:
        lines = gzip.decompress(body).count(b"\n")
    except (OSError, EOFError):
        lines = 0
    return StagedFile("", key, lines, size_bytes)


def _shared(there: Survey) -> Iterator[StagedFile]:
    """The rows in files that windows share, and that exist, or are about to."""
    exists = {*there.found.tables, *there.found.staged}
    for key, file in there.shared.known.items():
        if exists.isdisjoint((key, file.staged_key)):
            continue
        within, place = key if key in there.shared.converted else "", place_of(key)
        for part, rows in file.slices():
            partition, first = place.partition if place else "", rows.first if within else 0
            yield StagedFile("", part.key, part.rows, 0, partition, within=within, first=first)


def _streams(manifest: Manifest, there: Survey, lake: ObjectStore) -> Iterator[tuple[str, str]]:
    """Raw objects and the exact names of their streams, from the existing rows."""
    names = {staged.final_key for staged in manifest.files if staged.partition}
    holding = [key for key, file in there.shared.known.items() if any(part.key in names for part in file.parts)]
    for key in sorted({*names, *holding} & there.found.tables.keys()):
        rows = columns_of_file(lake, key, ["_source", "log_stream"])
        for pair in rows.group_by(["_source", "log_stream"]).aggregate([]).to_pylist():
            yield pair["_source"], pair["log_stream"]


def columns_of_file(lake: ObjectStore, key: str, names: list[str]) -> pa.Table:
    """Columns of a Parquet file; no rows if it can't be read: what depends on them is then found in another way.

    The time of an event is in ms since the epoch, and all others are text.
    """
    kinds = pa.schema({name: pa.int64() if name == "event_time" else pa.string() for name in names})
    try:
        return pq.read_table(io.BytesIO(lake.get(key))).select(names).cast(kinds)
    except (NotFoundError, pa.ArrowException, OSError, KeyError):
        return kinds.empty_table()


_LONGEST_KEY = 1024
"""Bytes of an S3 key."""


@dataclass(frozen=True)
class Removal:
    """A file that leaves the tables; `rows` is None if that can't be read."""

    key: str
    rows: int | None

    def __str__(self) -> str:
        return self.key if self.rows is None else f"{self.key} ({counted(self.rows, 'row')})"


def removals(lake: ObjectStore, keys: Iterable[str]) -> Iterator[Removal]:
    """Files to be removed, without those that are gone."""
    for key in keys:
        size_bytes = next((item.size_bytes for item in lake.list(key) if item.key == key), None)
        if size_bytes is not None:
            metadata = read_footer(partial(lake.read_part, key), size_bytes)
            yield Removal(key, metadata.num_rows if metadata else None)


def put_aside(lake: ObjectStore, keys: Iterable[str], now_ms: EpochMs, *, delete: bool = True) -> None:
    """Moves files below `REMOVED`, one after the other: after a crash each is in its place, or there, or both.

    Each time has a folder of its own, because a copy does not replace an earlier one. Without `delete` it only copies.
    """
    folder = f"{REMOVED}{from_ms(now_ms):%Y%m%dT%H%M%S%fZ}/"
    for key in keys:
        target = folder + key
        if len(target.encode()) > _LONGEST_KEY:
            target = folder + hashlib.sha256(key.encode()).hexdigest()
        with suppress(NotFoundError):  # another repair was faster
            lake.copy(key, target)
            if delete:
                lake.delete([key])
