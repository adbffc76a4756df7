"""A lake in which windows share files: as they are converted together, before any of them is replaced."""

from __future__ import annotations

import copy
import io
import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.compaction.keys import decision_of_shared
from loglake.core.keys import COMMITS, decision_key, shared_file, shared_staging
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.conversion import StagedFile
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_HOUR, LogGroupName
from support.fakes.fakes import START_MS
from support.fakes.stages import AloneStage
from support.lakes.verified import keys
from support.tiles import tile
from support.worlds.landed import landed_event, payload
from support.worlds.worlds import DAYS, World

WEB_A, WEB_B, WEB_C = (LogGroupName(f"/web/{name}") for name in "abc")
LIVE_A, LIVE_B = (LogGroupName(f"/live/{name}") for name in "ab")
DATASETS = load_datasets(
    {
        "datasets": [
            {"log_groups": ["/web/*"], "table": "web", "ingest": "export"},
            {"log_groups": ["/live/*"], "table": "live", "ingest": "landing"},
        ]
    }
)


@cache
def _made() -> World:
    world = World(datasets=DATASETS, stage=AloneStage)
    for number, group in enumerate((WEB_A, WEB_B, WEB_C)):
        lines = [(START_MS + n * 9 * MS_PER_HOUR, f"{group} line {n}") for n in range(4 + number)]
        world.tasks.add_group(group, {"web/1": lines})
    for group in (LIVE_A, LIVE_B):
        events = [landed_event(n, START_MS + n * MS_PER_HOUR // 3) for n in range(6)]  # of two hours
        world.raw.put(f"landing{group}", payload(group, events))
    for day in tile(DAYS):
        body = request_body([WEB_A, WEB_B, WEB_C], day)
        world.control.put(f"requests/requested/{day.from_ms}", body)
    world.run_export()
    world.convert(compaction=False)
    assert world.states() == {WindowState.CONVERTED}
    share(world)
    assert len(keys(world, "tables/")) == 3
    return world


def shared_lake() -> World:
    """A copy of the lake, to be damaged: two days of three log groups share two files, and four landed hours one.

    The rows are in no order of their windows, as if these were converted as they came.
    """
    return copy.deepcopy(_made())


def share(world: World) -> None:
    """Makes one file of those of a decision and a partition, wherever they are of several windows."""
    for item in [item for item in world.lake.list(COMMITS) if not item.key.startswith(f"{COMMITS}_")]:
        batch = Batch.from_bytes(world.lake.get(item.key))
        by_partition: dict[str, list[tuple[Manifest, StagedFile]]] = defaultdict(list)
        for part in sorted(batch.windows, key=lambda each: each.name, reverse=True):
            for staged in part.files:
                if staged.partition:
                    by_partition[staged.partition].append((part, staged))
        moved: dict[str, StagedFile] = {}
        for number, (partition, files) in enumerate(sorted(by_partition.items())):
            if len(files) > 1:
                moved |= _share(world, shared_file(batch.table, partition, batch.name, number), batch, files)
        windows = [
            replace(part, files=tuple(moved.get(staged.final_key, staged) for staged in part.files), read_digest="")
            for part in batch.windows
        ]
        world.lake.put(batch.key, Batch.of(windows).to_bytes())
        for part in Batch.from_bytes(world.lake.get(batch.key)).windows:
            row = world.ledger.stored[part.name]
            assert row.current
            world.ledger.stored[part.name] = replace(row, current=part.noted_in(row.current))


def _share(world: World, key: str, batch: Batch, files: list[tuple[Manifest, StagedFile]]) -> dict[str, StagedFile]:
    bodies = [world.lake.get(staged.final_key) for _, staged in files]
    rows = pa.concat_tables([pq.read_table(io.BytesIO(body)) for body in bodies], promote_options="default")
    sink = io.BytesIO()
    pq.write_table(rows, sink)
    body = sink.getvalue()
    world.lake.put(key, body)
    world.lake.delete(staged.final_key for _, staged in files)
    moved, first, size_left, rows_left = {}, 0, len(body), rows.num_rows
    for _, staged in files:
        size_bytes = size_left * staged.rows // rows_left
        moved[staged.final_key] = replace(
            staged,
            staged_key=f"{shared_staging(batch.table, batch.name)}{key}",
            size_bytes=size_bytes,
            sha256=sha256(body).hexdigest(),
            within=key,
            first=first,
        )
        first, size_left, rows_left = first + staged.rows, size_left - size_bytes, rows_left - staged.rows
    return moved


def shared_keys(world: World, table: str = "web") -> list[str]:
    """The shared files of a table, day by day."""
    return keys(world, f"tables/{table}/")


def sharing(world: World, key: str) -> Batch:
    """The decision about the windows that share a file."""
    return Batch.from_bytes(world.lake.get(decision_key(key.split("/")[1], decision_of_shared(key))))


def rewrite(world: World, batch: Batch, change: dict[str, object]) -> None:
    """Edits a decision about windows."""
    world.lake.put(batch.key, json.dumps({**json.loads(world.lake.get(batch.key)), **change}).encode())
