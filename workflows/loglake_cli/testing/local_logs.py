"""The whole system on this machine, for tests: log groups, exports, and queries over what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from athena_duckdb.query.athena import Dialect
from gluelocal.kept.keep import export_stack
from loglake.aws.system_clock import SystemClock
from loglake.core.accounting import Accounting, total
from loglake.core.ledger.row import WindowState
from loglake.core.schema.datasets import Dataset, Datasets
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake.errors import ConfigError
from loglake_cli.aws_views.query import query
from loglake_cli.deploy.artifacts import read_datasets
from loglake_cli.deploy.packaged_files import own_code
from loglake_cli.local.run_input import ranges_of
from loglake_cli.local.stack import CatalogWaits, LocalStack, StackSettings
from loglake_cli.testing.events import START, Message, timed

_EVERYTHING = Datasets((Dataset(("*",)),))
"""Without a datasets file each log group has a table of its own, named after it."""


class ExportFailedError(AssertionError):
    """Windows of a log group did not become rows; the message has the reason of each, with its traceback."""


class LocalLogs:
    """Puts logs, exports and converts them as on AWS, and answers queries.

    One stack serves all tests: give each test a log group of its own.

    Attributes:
        stack: for what is not here.
    """

    def __init__(self, stack: LocalStack, folder: Path) -> None:
        self.stack = stack
        self._keep = folder / "keep"
        self._waits = CatalogWaits(stack, SystemClock(), lambda _: None)
        self._times: dict[str, list[int]] = {}
        self._is_kept = False

    def put(self, log_group: str, messages: Iterable[Message], stream: str = "test", start: str = START) -> None:
        """Puts messages into a log group, which is made if it is not there.

        Args:
            log_group: its name; a dataset has to match it.
            messages: as `loglake_cli.testing.events.EventsFactory` takes them, one by one.
            stream: the log stream.
            start: when the first message is that does not say its time; each next one is a second later.

        Raises:
            ConfigError: no dataset matches the log group, or one that is not exported.
        """
        dataset = self.stack.datasets.find(log_group)
        if dataset is None or not dataset.is_exported:
            raise ConfigError(f"No dataset that is exported matches {log_group}: add one, or take another log group.")
        events = timed(messages, start)
        self.stack.aws.log_store.load(log_group, stream, events, SystemClock().now_ms(), on_time=True)
        self._times.setdefault(log_group, []).extend(ms for ms, _ in events)

    def export(self, log_group: str) -> Accounting:
        """Exports all that was put into a log group, and waits until it is in its table.

        Raises:
            ExportFailedError: it is not, such as because a transformation failed.
            ConfigError: nothing was put there.
        """
        self.request(log_group)
        return self.wait(log_group)

    def request(self, log_group: str) -> tuple[Window, ...]:
        """Asks for an export of all that was put into a log group, and does not wait. Raises ConfigError: for none."""
        windows = ranges_of(self._times.get(log_group, []))
        if not self._times.get(log_group):
            raise ConfigError(f"Nothing was put into {log_group}: call put first.")
        for window in windows:
            self.stack.put_request([log_group], window)
        return windows

    def wait(self, log_group: str) -> Accounting:
        """Waits until nothing is under way any more, and counts what became of a log group's events.

        Raises:
            ExportFailedError: some did not become rows.
        """
        self.stack.run_until_idle(self._waits.end)
        self._is_kept = False
        rows = [
            row for row in self.stack.ledger.rows(LogGroupName(log_group)) if row.state is not WindowState.SUPERSEDED
        ]
        failed = [
            f"{row.log_group} {row.window} is {row.state.name}: {row.reason}"
            for row in rows
            if row.state is not WindowState.CONVERTED
        ]
        if failed or not rows:
            raise ExportFailedError("\n".join(failed) or f"{log_group} has no windows")
        return total(row.accounting or Accounting() for row in rows)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """The answer of one SELECT over the tables, as `loglake query` gives it: a dict for each row.

        Raises:
            ConfigError: the query is wrong.
        """
        if not self._is_kept:
            export_stack(self.stack.aws, self._keep)
            self._is_kept = True
        answer = query(self._keep, sql, dialect=Dialect.ATHENA)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@contextmanager
def local_logs(datasets: Path | None, folder: Path) -> Iterator[LocalLogs]:
    """A stack with a project's datasets and transformations; with none, each log group has its table.

    Args:
        datasets: the datasets file.
        folder: gets the logs of the jobs, and what was made.
    """
    read = read_datasets(datasets) if datasets else _EVERYTHING
    code = own_code(read, datasets.parent) if datasets else None
    with LocalStack(read, StackSettings(folder / "jobs", code=code), SystemClock()) as stack:
        yield LocalLogs(stack, folder)
