"""A helper of a worker: a process that makes the rows of one part of a large bundle.

Its input: how to reach the stores, and a folder for its local files; the bundle; and the events of its part, see
`event_stream`. It answers as a worker does, with one line, and ends. If its input ends too early, the worker is gone,
so it removes the worker's folder, which has its own, and ends at once: a part of a bundle that nobody commits shall be
staged no more.
"""

from __future__ import annotations

import os
import queue
import select
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import IO, Any

from loglake.kernels.parts import SelectedEvents, write_part
from loglake.kernels.stage.failures import of_bundle
from loglake.kernels.stage.tasks import keyed
from loglake.pool.child import begin, done, leave_orphaned, own_output, send, start_reading
from loglake.pool.event_stream import received
from loglake.pool.process import from_line

_READ_AHEAD = 2
"""Batches that wait, so that neither process waits for the other whenever a row group is written."""

_LOOK_S = 0.5
"""How often a process that has enough batches looks whether its worker is gone."""


def main() -> None:
    """Makes the rows of one part."""
    source, answers = sys.stdin.buffer, own_output()
    given, folder = begin(source.readline())
    tempfile.tempdir = folder
    lake = given.open_store(given.lake_bucket)
    bundle, plan, part = from_line(source.readline())
    bundle = keyed(bundle, given.redact_key)
    batches: queue.Queue[SelectedEvents | None] = queue.Queue(_READ_AHEAD)
    start_reading(partial(_receive, source, batches, os.path.dirname(folder)))

    def work() -> Any:
        return of_bundle(bundle, lambda: write_part(bundle, plan, part, _taken(batches), lake))

    send(answers, done(work))
    os._exit(0)  # at once: after a failure the thread still waits, and the worker is to send no more


def _receive(source: IO[bytes], batches: queue.Queue[SelectedEvents | None], workers_folder: str) -> None:
    with suppress(EOFError):
        for batch in received(source):
            _put(batch, batches, source)
        _put(None, batches, source)
        source.read(1)  # nothing comes any more, so this ends when the worker does
    leave_orphaned(workers_folder)


def _put(batch: SelectedEvents | None, batches: queue.Queue[SelectedEvents | None], source: IO[bytes]) -> None:
    """Has a batch wait. Raises EOFError if the worker is gone, although the pipe still has batches of it."""
    poll = select.poll()
    poll.register(source, select.POLLHUP)
    while True:
        try:
            return batches.put(batch, timeout=_LOOK_S)
        except queue.Full:
            if any(event & select.POLLHUP for _, event in poll.poll(0)):
                raise EOFError from None


def _taken(batches: queue.Queue[SelectedEvents | None]) -> Iterator[SelectedEvents]:
    while (batch := batches.get()) is not None:
        yield batch
