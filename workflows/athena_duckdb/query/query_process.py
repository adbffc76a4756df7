"""Runs a query in its own process, and kills it if it exceeds its time or memory."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Self

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.query_bounds import Bounds
from athena_duckdb.query.query_messages import LAST, decoded

CHILD = "athena_duckdb.query.query_child"
"""The module of a query's process. Another one may call its `main` with views."""

SYSTEM_LIMITS_MEMORY = platform.system() == "Linux"
"""Linux limits a process by RLIMIT_DATA (since 4.7, see setrlimit(2)); macOS accepts the limit and ignores it."""

_SHARE = 0.8
"""The share of the machine's memory for a query without a limit; DuckDB's default is the same."""

_DUCKDB_SHARE = 0.75
"""DuckDB's share of a query's memory. Python needs the rest, and so do values that DuckDB doesn't count."""

_BASE_MB = 128
"""The memory that Python and DuckDB take before any query."""

_LOOK_S = 0.1
"""The interval of memory checks if the system has no limit."""

_EXIT_S = 2.0
"""How long a process may take to end after its last message, before it is killed."""


class QueryProcess:
    """The process of one query; a context manager that ends the process. `child` is the module that it runs."""

    def __init__(
        self,
        place: str,
        sql: str,
        bounds: Bounds,
        *,
        athena: bool = False,
        database: str | None = None,
        child: str = CHILD,
    ) -> None:
        self._child = child
        self._bounds = bounds
        self._memory_mb = bounds.memory_mb or int(_SHARE * _machine_mb())
        self._request = {
            "place": place,
            "sql": sql,
            "athena": athena,
            "database": database,
            "rows": bounds.rows,
            "answer_bytes": None if bounds.answer_mb is None else bounds.answer_mb << 20,
            "memory_mb": self._memory_mb + _BASE_MB,
            "duckdb_mb": int(_DUCKDB_SHARE * bounds.memory_mb) if bounds.memory_mb else None,
            "limited": SYSTEM_LIMITS_MEMORY,
        }

    def __enter__(self) -> Self:
        self._deadline = None if self._bounds.seconds is None else time.monotonic() + self._bounds.seconds
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", self._child],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C goes to this process, which ends the other one
        )
        assert self._process.stdout
        self._answers = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._answers):
            if pipe:
                pipe.close()

    def messages(self) -> Iterator[tuple[str, Any]]:
        """The messages of `query_messages` up to the last one.

        Raises:
            ConfigError: the process ended before, because of its limits or by itself.
        """
        self._ask()
        with suppress(EOFError, OSError):  # the process has ended
            while True:
                self._await()
                message = decoded(self._answers.recv_bytes())
                yield message
                if message[0] in LAST:
                    self._wait()
                    return
        raise ConfigError(self._died())

    def too_much_memory(self) -> str:
        """The error for a query that needs more memory than its limit."""
        return (
            f"the query was ended, because it needs more than {self._memory_mb:,} MB of memory: select fewer rows or "
            "columns, or shorter values."
        )

    def _ask(self) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended already: the read reports that
            self._process.stdin.write(json.dumps(self._request).encode() + b"\n")
            self._process.stdin.flush()

    def _await(self) -> None:
        """Waits for a message, or the end of the process. Raises ConfigError if it exceeds its limits."""
        ready = False
        while not ready:
            left_s = None if self._deadline is None else self._deadline - time.monotonic()
            if left_s is not None and left_s <= 0:
                raise ConfigError(self._too_long())
            look_s = None if SYSTEM_LIMITS_MEMORY else _LOOK_S
            ready = self._answers.poll(min((each for each in (left_s, look_s) if each is not None), default=None))
            if look_s and _resident_mb(self._process.pid) > self._memory_mb + _BASE_MB:
                raise ConfigError(self.too_much_memory())

    def _wait(self) -> None:
        with suppress(subprocess.TimeoutExpired):  # `__exit__` kills it
            self._process.wait(_EXIT_S)

    def _too_long(self) -> str:
        return (
            f"the query was ended, because it took longer than {self._bounds.seconds:g} s: ask for fewer days, such as "
            "with WHERE dt = '2026-11-21', or for less of them."
        )

    def _died(self) -> str:
        code = self._process.wait()
        if code < 0:
            return (
                f"the process of the query was ended by {signal.Signals(-code).name}, as it is if the machine is out "
                "of memory: select fewer rows or columns, and run it again."
            )
        return f"the process of the query failed (exit status {code}): what it printed says why."


def _machine_mb() -> int:
    return (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")) >> 20


def _resident_mb(pid: int) -> int:
    """The current memory of a process; 0 if it has ended."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(told.stdout.strip() or 0) >> 10
