"""Queries that were started. They run one after the other, each in its own thread, and can be stopped."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.athena import QueryResult

QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELLED = "QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"
"""States of Athena's API."""

_KEPT_RESULTS = 50
"""How many results keep their rows. AWS keeps rows for 45 days."""


class _StoppedError(Exception):
    """The query was stopped by a call."""


@dataclass
class Execution:
    """A query and its progress.

    Attributes:
        sql: the statement.
        database: the default for tables that are named without one.
        workgroup: the workgroup that it runs in.
        location: the S3 URI of its result.
        submitted_ms: when it was started.
        ended_ms: when it ended.
        state: one of Athena's states.
        reason: why it failed.
        result: its rows; None until it has some, and again after many later queries.
        bytes_read: bytes that were read from the tables' files.
    """

    sql: str
    database: str | None
    workgroup: str
    location: str
    submitted_ms: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    ended_ms: int | None = None
    state: str = QUEUED
    reason: str = ""
    result: QueryResult | None = None
    bytes_read: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)


Answer = Callable[[Execution, Callable[[int, int], None]], "QueryResult"]
"""Answers a query. It calls its argument regularly, which may raise to end the query. Raises ConfigError."""


class Executions:
    """All queries that were started, by id.

    Args:
        answer: answers one query and writes its result.
        now_ms: the clock.
    """

    def __init__(self, answer: Answer, now_ms: Callable[[], int]) -> None:
        self._answer = answer
        self._now_ms = now_ms
        self._turn = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.all: dict[str, Execution] = {}

    def start(self, execution: Execution) -> None:
        """Starts a query."""
        self.all[execution.id] = execution
        thread = threading.Thread(target=self._run, args=(execution,), name=f"athena-{execution.id}", daemon=True)
        self._threads = [*(each for each in self._threads if each.is_alive()), thread]
        thread.start()

    def stop(self, execution: Execution) -> None:
        """Ends a query if it still runs."""
        execution.stopped.set()
        if execution.state == QUEUED:
            self._end(execution, CANCELLED)

    def close(self) -> None:
        """Ends all queries."""
        for execution in list(self.all.values()):
            self.stop(execution)
        for thread in self._threads:
            thread.join(timeout=5)

    def _run(self, execution: Execution) -> None:
        def on_part(_done: int, _of: int) -> None:
            if execution.stopped.is_set():
                raise _StoppedError

        with self._turn:
            if execution.state != QUEUED:  # it was stopped before its turn
                return
            execution.state = RUNNING
            try:
                execution.result = self._answer(execution, on_part)
                execution.bytes_read = execution.result.bytes_read
                self._end(execution, SUCCEEDED)
            except _StoppedError:
                self._end(execution, CANCELLED)
            except ConfigError as error:
                execution.reason = str(error)
                self._end(execution, FAILED)
            except Exception as error:
                execution.reason = f"GENERIC_INTERNAL_ERROR: {error}"
                self._end(execution, FAILED)
                raise
            self._forget()

    def _end(self, execution: Execution, state: str) -> None:
        execution.ended_ms = self._now_ms()
        execution.state = state

    def _forget(self) -> None:
        done = [each for each in self.all.values() if each.result is not None]
        for each in done[:-_KEPT_RESULTS]:
            each.result = None
