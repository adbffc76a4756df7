"""The objects of an export task, with the exact names of their streams; and whether a task without any is believed."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Set
from contextlib import suppress

from loglake.core.keys import exported_stream_name, parse_export_key
from loglake.core.ledger.row import LedgerRow
from loglake.core.ports.export_tasks import ExportTasks
from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import RawObject
from loglake.core.units import EpochMs, LogGroupName
from loglake.errors import NotFoundError, PermanentError, ThrottledError, TransientError
from loglake.pipelines.export.read_budget import ReadBudget
from loglake.pipelines.ports import ExportPorts


def why_doubted(ports: ExportPorts, budget: ReadBudget, row: LedgerRow) -> Generator[EpochMs, None, str]:
    """Why an empty export is to be retried (`passes.retry_from`); empty if it counts.

    A read says at once whether there are events. If nothing can be read, the export is retried once if CloudWatch
    counted events when they came in. If it counts and the table has rows of its time, the converter refuses it.
    """
    found = yield from _has_events(ports, budget, row)
    why = "a read finds events" if found else ""
    if found is None and not row.trying.empty_retry:
        counted = ports.tasks.incoming_events(row.log_group, row.window.from_ms, row.window.to_ms)
        why = "CloudWatch counted incoming events" if counted else ""
    ports.telemetry.event("nothing was exported", log_group=row.log_group, window=str(row.window), doubted=why)
    return why


def _has_events(ports: ExportPorts, budget: ReadBudget, row: LedgerRow) -> Generator[EpochMs, None, bool | None]:
    """Whether a window has events, read page by page; None if it can't be read."""
    token = ""
    with suppress(TransientError, PermanentError):
        while True:
            while not budget.take():
                yield EpochMs(ports.clock.now_ms() + round(budget.wait_s() * 1000))
            try:
                page = ports.reader.page(row.log_group, row.window, token)
            except ThrottledError:
                budget.slow_down()
                raise
            if page.events or not page.token:
                return bool(page.events)
            if page.token == token:
                return None
            token = page.token
    return None


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
