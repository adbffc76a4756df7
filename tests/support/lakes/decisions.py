"""The decisions about windows in a lake, for tests that look at them or damage them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from loglake.core.keys import DECISION_NAME, TABLES, decision_key
from loglake.core.ledger.manifest import Batch, Manifest
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.objects import ObjectStore
from loglake.pipelines.commit.decisions import newest_commit


def decision_of(row: LedgerRow) -> str:
    """The key of the decision that a row was claimed under last."""
    return decision_key(row.table, row.decisions[-1])


def part_of(lake: ObjectStore, row: LedgerRow) -> Manifest:
    """What that decision says about the window."""
    part = Batch.from_bytes(lake.get(decision_of(row))).part(row.name)
    assert part
    return part


def is_decided(lake: ObjectStore, row: LedgerRow) -> bool:
    """Whether it is decided what a row's newest version becomes."""
    part = newest_commit(lake, row)
    return part is not None and part.generation == row.generation


def forget(lake: ObjectStore, rows: Iterable[LedgerRow]) -> None:
    """Removes windows from their decisions, and decisions that are about no other."""
    for row in rows:
        for key in (decision_key(row.table, name) for name in row.decisions):
            batch = Batch.from_bytes(lake.get(key))
            left = tuple(each for each in batch.windows if each.name != row.name)
            if left:
                lake.put(key, replace(batch, windows=left).to_bytes())
            else:
                lake.delete([key])


def through_json(manifest: Manifest) -> Manifest:
    """A manifest, written and read."""
    (read,) = Batch.from_bytes(Batch.of([manifest]).to_bytes()).windows
    return read


def tables_of(lake: ObjectStore) -> dict[str, bytes]:
    """The files of tables by their keys, without the decisions' names: these say who began them, and when."""
    return {re.sub(DECISION_NAME, "", item.key): lake.get(item.key) for item in lake.list(TABLES)}
