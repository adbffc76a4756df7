"""A lake with one of everything that `verify` checks: made once, and copied for each damage."""

from __future__ import annotations

import copy
import gzip
import json
from functools import cache
from typing import Any

from gluelocal.crawl.entries import storage_descriptor
from loglake.core.compaction.keys import is_compacted
from loglake.core.keys import QUARANTINE, TABLES
from loglake.core.ledger.row import LedgerRow, WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.state_items import CHECK
from loglake.core.units import EPOCH, MS_PER_DAY, LogGroupName
from loglake.pipelines.object_lists import read_object_list
from support.fakes.fakes import START_MS
from support.fakes.stages import AloneStage
from support.tiles import tile
from support.worlds.landed import landed_event, payload
from support.worlds.worlds import DAYS, PAY, SHOP, World

WEB_A, WEB_B, LIVE = LogGroupName("/web/a"), LogGroupName("/web/b"), LogGroupName("/live/pay")
TORN = b'{"messageType":"DATA_MESSAGE","logGroup":"/live/pay","logStr'
DATASETS = load_datasets(
    {
        "datasets": [
            {"log_groups": ["/app/*"], "ingest": "export"},
            {"log_groups": ["/web/*"], "table": "web", "ingest": "export"},
            {"log_groups": ["/live/*"], "ingest": "landing"},
        ]
    }
)


@cache
def _made() -> World:
    """Two tables of files, one with quarantined input; a table with a compacted day; a landed table."""
    world = World(datasets=DATASETS, stage=AloneStage)
    for group in (WEB_A, WEB_B):
        world.tasks.add_group(group, {"web/1": [(START_MS + n, f"{group} line {n}") for n in range(3)]})
    world.raw.put("landing/pay/1", payload(LIVE, [landed_event(n, START_MS + n * 1000) for n in range(3)]) + TORN)
    world.export(SHOP, PAY)
    (torn,) = [raw.key for raw in read_object_list(world.control, world.ledger.rows(PAY)[0])]
    world.raw.put(torn, world.raw.get(torn)[:-12])
    world.control.put("requests/requested/web", request_body([WEB_A, WEB_B], tile(DAYS)[0]))
    world.export()
    world.convert()
    world.clock.sleep(40 * MS_PER_DAY / 1000)
    for table in world.ledger.schemas:
        world.ledger.put(CHECK, table, EPOCH)
    world.convert("jr_compact")
    assert world.states() == {WindowState.CONVERTED}
    assert any(is_compacted(key) for key in keys(world, f"{TABLES}web/"))
    return world


def whole_lake() -> World:
    """A copy of the lake, to be damaged."""
    return copy.deepcopy(_made())


def keys(world: World, prefix: str) -> list[str]:
    """The keys of the lake below a prefix."""
    return [item.key for item in world.lake.list(prefix)]


def row(world: World, log_group: LogGroupName) -> LedgerRow:
    """The ledger's row of a log group's first window."""
    return world.ledger.rows(log_group)[0]


def contents(world: World) -> dict[str, Any]:
    """All rows by table, in order, and the lines of quarantine: what no damage and no repair may change."""
    tables = sorted({key.split("/")[1] for key in keys(world, TABLES)})
    rows = {table: [json.dumps(each, default=str) for each in world.rows(table).to_pylist()] for table in tables}
    bodies = (world.lake.get(key) for key in keys(world, QUARANTINE))
    lines = sorted(line for body in bodies for line in gzip.decompress(body).decode().splitlines())
    return {**{table: sorted(mine) for table, mine in rows.items()}, "quarantine": lines}


def crawl(world: World, glue: Any) -> None:
    """Writes the tables and partitions of the lake into the catalog, as a crawler does."""
    for table in sorted(world.ledger.schemas):
        columns = [{"Name": n, "Type": kind} for n, kind in world.ledger.latest(table).glue_types().items()]
        place = f"s3://{world.lake.bucket}/{TABLES}{table}/"
        entry = {"Name": table, "StorageDescriptor": storage_descriptor(place, columns, {})}
        where = {"DatabaseName": "lake"}
        glue.create_table(**where, TableInput={**entry, "PartitionKeys": [{"Name": "dt", "Type": "string"}]})
        days = sorted({key.split("/")[2] for key in keys(world, f"{TABLES}{table}/")})
        inputs = [
            {"Values": [day[3:]], "StorageDescriptor": storage_descriptor(f"{place}{day}/", columns, {})}
            for day in days
        ]
        glue.batch_create_partition(**where, TableName=table, PartitionInputList=inputs)
