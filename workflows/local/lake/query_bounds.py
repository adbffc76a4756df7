"""What a query may take, where not the person who waits for it decides: rows, time and memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_AGAIN_S = 0.1
"""From one interrupt of a query that takes too long to the next."""


@dataclass(frozen=True)
class Bounds:
    """What a query may take at the most: rows of its answer, seconds, and megabytes of memory."""

    rows: int
    seconds: float
    memory_mb: int


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection, bounds: Bounds | None) -> Iterator[None]:
    """Holds what is done with a connection to its seconds and memory; no thread is left when the block ends."""
    if not bounds:
        yield
        return
    connection.execute(f"SET memory_limit = '{bounds.memory_mb}MB'")
    done, limit_s = threading.Event(), bounds.seconds

    def watch() -> None:
        wait_s = limit_s
        while not done.wait(wait_s):
            wait_s = _AGAIN_S  # between two statements an interrupt has no effect
            connection.interrupt()

    watcher = threading.Thread(target=watch, name="query-bounds", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
