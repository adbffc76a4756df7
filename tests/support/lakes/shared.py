"""A lake in which windows share files: as they are converted together, before any of them is replaced."""

from __future__ import annotations

import copy
from functools import cache

from loglake.core.compaction.keys import decision_of_shared
from loglake.core.keys import decision_key
from loglake.core.ledger.manifest import Batch
from loglake.core.ledger.row import WindowState
from loglake.core.requests.requests import request_body
from loglake.core.schema.datasets_file import load_datasets
from loglake.core.units import MS_PER_HOUR, LogGroupName
from support.fakes.fakes import START_MS
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
    world = World(datasets=DATASETS)
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
    assert len(keys(world, "tables/")) == 3
    return world


def shared_lake() -> World:
    """A copy of the lake, to be damaged: two days of three log groups share two files, and four landed hours one."""
    return copy.deepcopy(_made())


def shared_keys(world: World, table: str = "web") -> list[str]:
    """The shared files of a table, day by day."""
    return keys(world, f"tables/{table}/")


def sharing(world: World, key: str) -> Batch:
    """The decision about the windows that share a file."""
    return Batch.from_bytes(world.lake.get(decision_key(key.split("/")[1], decision_of_shared(key))))
