"""What an export task wrote: its objects, with the exact names of their streams."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from glue_jobs.core.conversion import RawObject
from glue_jobs.core.keys import exported_stream_name, parse_export_key
from glue_jobs.errors import NotFoundError

if TYPE_CHECKING:
    from glue_jobs.core.ledger import LedgerRow
    from glue_jobs.core.ports import ExportTasks, ObjectStore
    from glue_jobs.core.units import LogGroupName


class ExportedObjects:
    """Lists what tasks wrote. The names of a group's streams are asked for once in a run."""

    def __init__(self, tasks: ExportTasks, raw: ObjectStore) -> None:
        self._tasks = tasks
        self._raw = raw
        self._stream_names: dict[LogGroupName, dict[str, str]] = {}

    def of(self, row: LedgerRow) -> list[RawObject]:
        """The objects of the row's task alone: an attempt before it may have left some under the same prefix."""
        names = self._exact_stream_names(row.log_group)
        objects = []
        for item in self._raw.list(f"{row.keys.export_prefix}/{row.task_id}/"):
            key = parse_export_key(item.key)
            if key is not None:
                objects.append(RawObject(item.key, item.size_bytes, names.get(key.stream, key.stream)))
        return objects

    def _exact_stream_names(self, log_group: LogGroupName) -> dict[str, str]:
        """Exact names by exported name, since the key has ``-`` for ``/``; where two look alike neither is sure.

        Of a group that was deleted meanwhile the exported names are all there is.
        """
        if log_group not in self._stream_names:
            names: dict[str, str] = {}
            with suppress(NotFoundError):
                for name in self._tasks.stream_names(log_group):
                    exported = exported_stream_name(name)
                    names[exported] = name if exported not in names else exported
            self._stream_names[log_group] = names
        return self._stream_names[log_group]
