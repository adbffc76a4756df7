"""The lists of windows' raw objects, in the control bucket: one per generation, never written over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glue_jobs.core.keys import WindowKeys
from glue_jobs.errors import AlreadyExistsError

if TYPE_CHECKING:
    from glue_jobs.core.conversion import RawObject
    from glue_jobs.core.ledger import LedgerRow
    from glue_jobs.core.ports import ObjectStore


def object_list_body(task_id: str, objects: Sequence[RawObject]) -> bytes:
    """A list as it is stored: JSON, readable."""
    return json.dumps({"task_id": task_id, "objects": [raw.to_json() for raw in objects]}, indent=1).encode()


def put_next_list(control: ObjectStore, row: LedgerRow, objects: Sequence[RawObject]) -> int:
    """Writes a list under the next generation that has none yet, and returns that generation.

    A list is never written over: another run may be about to name it in the row, and would then lose its objects.
    """
    body = object_list_body(row.task_id, objects)
    generation = row.generation + 1
    while True:
        try:
            control.put_new(WindowKeys(row.log_group, row.window, generation).object_list, body)
        except AlreadyExistsError:
            generation += 1
        else:
            return generation
