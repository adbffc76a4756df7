"""The process that runs a query: reads the query from stdin, and writes messages to stdout.

It is limited in memory, and ends immediately when its parent process ends.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from athena_duckdb.catalog_file import Catalog
from athena_duckdb.errors import RefusedError
from athena_duckdb.query.lake_tables import LakeTables
from athena_duckdb.query.query_messages import (
    COLUMNS,
    END,
    MEMORY,
    PERCENT,
    READ,
    READS,
    REFUSED,
    ROWS,
    TOO_LARGE,
    encoded,
)
from athena_duckdb.query.sources import Source, kept_source

_BATCH = 1000
_LOOK_S = 0.5
"""The interval between progress messages."""


def main(
    add_views: Callable[[Catalog], Catalog] = lambda own: own, opened: Callable[[str], Source] = kept_source
) -> None:
    """Answers one query; `add_views` and `opened` as for `LakeTables`."""
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    with Connection(os.dup(sys.stdout.fileno()), readable=False) as to, suppress(BrokenPipeError):
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # only messages use the pipe
        _limit(request["memory_mb"] if request["limited"] else None)
        try:
            _answer(request, to, partial(LakeTables, add_views=add_views, opened=opened))
        except RefusedError as error:
            to.send_bytes(encoded(REFUSED, str(error)))
        except MemoryError:
            to.send_bytes(encoded(MEMORY, None))


def _answer(request: dict[str, Any], to: Connection, tables_of: Callable[[str, int | None], LakeTables]) -> None:
    """Sends the columns, the rows in batches and the end, or that the answer is too large."""
    rows_left, bytes_left = request["rows"], request["answer_bytes"]
    with tables_of(request["place"], request["duckdb_mb"]) as tables:
        batch = _BATCH if rows_left is None else min(_BATCH, rows_left + 1)
        with _percent_sent(tables, to):
            answer = (
                tables.select_as_athena(request["sql"], request["database"], batch)
                if request["athena"]
                else tables.select(request["sql"], batch)
            )
        to.send_bytes(encoded(COLUMNS, (answer.columns, answer.types)))
        to.send_bytes(encoded(READS, dict(answer.reads)))
        for rows in answer.batches:
            kept = rows if rows_left is None else rows[:rows_left]
            message = encoded(ROWS, kept)
            if bytes_left is not None and len(message) > bytes_left:
                to.send_bytes(encoded(TOO_LARGE, None))
                return
            to.send_bytes(message)
            if len(kept) < len(rows):
                _end(tables, to, more=True)
                return
            rows_left = None if rows_left is None else rows_left - len(rows)
            bytes_left = None if bytes_left is None else bytes_left - len(message)
        _end(tables, to, more=False)


def _end(tables: LakeTables, to: Connection, more: bool) -> None:
    to.send_bytes(encoded(READ, tables.bytes_read))
    to.send_bytes(encoded(END, more))


@contextmanager
def _percent_sent(tables: LakeTables, to: Connection) -> Iterator[None]:
    """Sends the query's progress while the block waits for it, and nothing afterwards."""
    over = threading.Event()

    def look() -> None:
        with suppress(BrokenPipeError):
            while not over.wait(_LOOK_S):
                to.send_bytes(encoded(PERCENT, tables.percent()))

    thread = threading.Thread(target=look, name="percent", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _limit(memory_mb: int | None) -> None:
    """Sets the operating system's memory limit for this process, and prevents core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb:
        limit = memory_mb << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _end_with_parent() -> None:
    """Ends this process when its stdin closes. The operating system closes it when the parent is gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
    os._exit(0)  # Python would first free what it has imported, which takes a quarter of the time of importing it
