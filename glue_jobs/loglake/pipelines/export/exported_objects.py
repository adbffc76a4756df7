"""The objects of an export task, with the exact names of their streams."""

from __future__ import annotations

from collections.abc import Mapping, Set
from contextlib import suppress

from loglake.core.keys import exported_stream_name, parse_export_key
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject
from loglake.core.units import LogGroupName
from loglake.errors import NotFoundError


class ExportedObjects:
    """Lists the objects of tasks.

    The key of an object has ``-`` for each ``/`` of its stream's name, so a name without ``-`` is exact. For others, it
    asks for the names of the group's streams if a task wrote one that is not known yet, since streams begin while a run
    is under way. It asks at most once per task, and not again for a stream that stays unknown: a group may have very
    many streams, and DescribeLogStreams is throttled.
    """

    def __init__(self, tasks: ExportTasks, raw: ObjectStore) -> None:
        self._tasks = tasks
        self._raw = raw
        self._stream_names: dict[LogGroupName, dict[str, str]] = {}

    def of(self, row: LedgerRow) -> list[RawObject]:
        """The objects of the row's task only: an earlier attempt may have left objects under the same prefix."""
        items = self._raw.list(f"{row.keys.export_prefix}/{row.trying.task_id}/")
        found = [(item, key.stream) for item in items if (key := parse_export_key(item.key)) is not None]
        names = self._exact_stream_names(row.log_group, {stream for _, stream in found if "-" in stream})
        return [RawObject(item.key, item.size_bytes, names.get(stream, stream)) for item, stream in found]

    def _exact_stream_names(self, log_group: LogGroupName, exported: Set[str]) -> Mapping[str, str]:
        """Exact names by exported name, of these streams at least. A deleted stream keeps its exported name."""
        names = self._stream_names.setdefault(log_group, {})
        if not exported <= names.keys():
            names.update(self._ask(log_group))
            names.update((stream, stream) for stream in exported - names.keys())
        return names

    def _ask(self, log_group: LogGroupName) -> dict[str, str]:
        """Exact names by exported name: the key has ``-`` for ``/``, so two names that look alike are both uncertain.

        Empty if the group was deleted meanwhile.
        """
        names: dict[str, str] = {}
        with suppress(NotFoundError):
            for name in self._tasks.stream_names(log_group):
                exported = exported_stream_name(name)
                names[exported] = name if exported not in names else exported
        return names
