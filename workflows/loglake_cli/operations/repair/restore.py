"""Restores missing or damaged decisions, object lists and ledger rows from everything else."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.compaction.keys import place_of
from loglake.core.keys import EXPORTS, LANDING, parse_export_key
from loglake.core.ledger.manifest import Manifest
from loglake.core.ledger.row import Current, LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject, objects_digest
from loglake.core.schema.conversion import StagedFile
from loglake.core.units import EpochMs
from loglake.errors import NotFoundError
from loglake.kernels.parquet.footer import read_footer
from loglake_cli.operations.verify.check import Survey
from loglake_cli.operations.verify.evidence import Evidence
from loglake_cli.operations.verify.files import version_of

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
    version = (row.key_prefix, row.live.generation)
    files = (
        *(_loose(key, size, lake) for key, size in there.found.tables.items() if version_of(key) == version),
        *(_quarantined(key, size, lake) for key, size in there.found.quarantine.items() if version_of(key) == version),
        *(each for each in _compacted(there) if version_of(each.final_key) == version),
    )
    return Manifest(
        log_group=row.log_group,
        window=row.window,
        generation=row.live.generation,
        table=row.table,
        owner=OWNER,
        schema_version=schema_version,
        files=files,
        accounting=row.live.accounting,
        key_prefix=row.key_prefix,
        events_before=row.live.events_before,
    )


def rebuilt_row(manifest: Manifest, control: ObjectStore, now_ms: EpochMs) -> LedgerRow:
    """The ledger row of a window with a manifest and no row. Its export time is not known any more."""
    keys = manifest.keys
    task_id, objects = "", []
    try:
        data = json.loads(control.get(keys.object_list))
        task_id, objects = data["task_id"], [RawObject.from_json(item) for item in data["objects"]]
    except (NotFoundError, ValueError, KeyError, TypeError):
        objects = []  # the next verification names the list
    return LedgerRow(
        manifest.log_group,
        manifest.window,
        manifest.table,
        keys.prefix,
        generation=manifest.generation,
        updated_at_ms=now_ms,
        current=Current(
            generation=manifest.generation,
            task_id=task_id,
            objects=len(objects),
            size_bytes=sum(raw.size_bytes for raw in objects),
            digest=objects_digest(objects) if objects else "",
            landed=any(key.startswith(LANDING) for key in [*manifest.objects, *(raw.key for raw in objects)]),
            accounting=manifest.accounting,
            partitions=manifest.partitions,
            events_before=manifest.events_before,
            table_files=manifest.table_files,
            table_bytes=manifest.table_bytes,
        ),
    )


def rebuilt_list(row: LedgerRow, manifest: Manifest, there: Survey, evidence: Evidence) -> list[RawObject] | None:
    """The list of the current version's raw objects, if the existing ones are those that the ledger noted; else None.

    The objects come from the raw bucket, and the exact names of their streams from their rows.
    """
    assert row.live
    raw = evidence.raw
    exported: list[RawObject] = []
    if row.live.task_id:
        names = dict(_streams(manifest, there, evidence.lake))
        for item in raw.list(f"{EXPORTS}{row.key_prefix}/"):
            key = parse_export_key(item.key)
            if key and key.task_id == row.live.task_id:
                exported.append(RawObject(item.key, item.size_bytes, names.get(item.key, key.stream)))
    landed = [
        RawObject(key, item.size_bytes, "", counts.events_in)
        for key, counts in manifest.objects.items()
        if key.startswith(LANDING)
        for item in raw.list(key)
        if item.key == key
    ]
    objects = sorted([*exported, *landed], key=lambda each: each.key)
    return objects if objects_digest(objects) == row.live.digest else None


def _loose(key: str, size_bytes: int, lake: ObjectStore) -> StagedFile:
    metadata = read_footer(lambda size: lake.read_end(key, size), size_bytes)
    place = place_of(key)
    return StagedFile("", key, metadata.num_rows if metadata else 0, size_bytes, place.partition if place else "")


def _quarantined(key: str, size_bytes: int, lake: ObjectStore) -> StagedFile:
    body = lake.get(key)
    try:
        lines = gzip.decompress(body).count(b"\n")
    except (OSError, EOFError):
        lines = 0
    return StagedFile("", key, lines, size_bytes)


def _compacted(there: Survey) -> Iterator[StagedFile]:
    """The original files of the rows in compacted files."""
    for place, each in there.places.items():
        for file in each.live.files if each.live else ():
            for part in file.parts:
                yield StagedFile("", part.key, part.rows, 0, place.partition)


def _streams(manifest: Manifest, there: Survey, lake: ObjectStore) -> Iterator[tuple[str, str]]:
    """Raw objects and the exact names of their streams, from the existing rows."""
    names = {staged.final_key for staged in manifest.files if staged.partition}
    live = [file for each in there.places.values() if each.live for file in each.live.files]
    holding = [file.final_key for file in live if any(part.key in names for part in file.parts)]
    for key in sorted({*names, *holding} & there.found.tables.keys()):
        try:
            rows = pq.read_table(io.BytesIO(lake.get(key)), columns=["_source", "log_stream"])
        except (NotFoundError, pa.ArrowException, OSError):
            continue  # the names in its objects' keys are tried
        for pair in rows.group_by(["_source", "log_stream"]).aggregate([]).to_pylist():
            yield pair["_source"], pair["log_stream"]


def without(manifest: Manifest, keys: Collection[str]) -> Manifest:
    """The manifest without some of its files; their events count as if they had never come in."""
    kept = tuple(staged for staged in manifest.files if staged.final_key not in keys)
    counts = manifest.accounting
    rows = counts.rows_out - sum(staged.rows for staged in kept if staged.partition)
    in_files = counts.quarantined - counts.quarantine_left_out
    entries = max(0, in_files - sum(staged.rows for staged in kept if not staged.partition))
    counted = replace(
        counts,
        events_in=counts.events_in - rows - entries,
        rows_out=counts.rows_out - rows,
        quarantined=counts.quarantined - entries,
    )
    return replace(manifest, files=kept, accounting=counted)
