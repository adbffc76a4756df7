"""A helper of a worker: a process that makes the rows of one part of a large bundle.

Its input: how to reach the stores, and a folder for its local files; the bundle; and the events of its part, see
`event_stream`. It answers as a worker does, with one line, and ends. If its input ends too early, the worker is gone,
so it removes the worker's folder, which has its own, and ends at once: a part of a bundle that nobody commits shall be
staged no more.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from loglake.kernels.parts import write_part
from loglake.kernels.stage.messages import read_part_item
from loglake.kernels.stage.tasks import answered
from loglake.pool.child import begin, done, own_output, send
from loglake.pool.event_stream import received

if TYPE_CHECKING:
    from loglake.kernels.parts import SelectedEvents
    from loglake.kernels.stage.messages import Message

_READ_AHEAD = 2
"""Batches that wait, so that neither process waits for the other whenever a row group is written."""

_ORPHANED = 3


def main() -> None:
    """Makes the rows of one part."""
    source, answers = sys.stdin.buffer, own_output()
    given, tempfile.tempdir = begin(source.readline())
    lake = given.open_store(given.lake_bucket)
    bundle, plan, part = read_part_item(json.loads(source.readline()))
    batches: queue.Queue[SelectedEvents | None] = queue.Queue(_READ_AHEAD)
    threading.Thread(target=_receive, args=(source, batches), daemon=True).start()

    def work() -> Message:
        return answered(lambda: write_part(bundle, plan, part, _taken(batches), lake).to_json())

    send(answers, done(work))
    os._exit(0)  # at once: after a failure the thread still waits, and the worker is to send no more


def _receive(source: IO[bytes], batches: queue.Queue[SelectedEvents | None]) -> None:
    try:
        for batch in received(source):
            batches.put(batch)
        batches.put(None)
        source.read(1)  # nothing comes any more, so this ends when the worker does
    except EOFError:
        pass
    shutil.rmtree(os.path.dirname(tempfile.gettempdir()), ignore_errors=True)  # nobody else does it any more
    os._exit(_ORPHANED)


def _taken(batches: queue.Queue[SelectedEvents | None]) -> Iterator[SelectedEvents]:
    while (batch := batches.get()) is not None:
        yield batch
