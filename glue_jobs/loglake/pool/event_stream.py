"""Batches of events from one process to another: pickles, each of an Arrow message and what belongs to it.

The stream has an end of its own. If it stops before, the process that wrote it is gone.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa

from loglake.kernels.parts import SelectedEvents
from loglake.kernels.readers.events import EVENTS
from loglake.kernels.readers.raw_objects import Origins

_SCHEMA = EVENTS.append(pa.field("origin", pa.int32()))


class EventSender:
    """Writes a stream.

    Args:
        sink: where to.
        origins: those of the events that come; a batch takes along those that no earlier batch of this stream had.
    """

    def __init__(self, sink: IO[bytes], origins: Origins) -> None:
        self._sink = sink
        self._origins = origins
        self._sent = 0

    def send(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        """Writes a batch; waits while the other process has enough."""
        new = tuple(self._origins.known[self._sent :])
        self._sent += len(new)
        # As a message: pickle takes all of the buffers, and many small batches may be slices of one.
        self._write((events.serialize(), fields, new))

    def end(self) -> None:
        """Ends the stream."""
        self._write(None)

    def _write(self, batch: Any) -> None:
        pickle.dump(batch, self._sink, pickle.HIGHEST_PROTOCOL)
        self._sink.flush()


def received(source: IO[bytes]) -> Iterator[SelectedEvents]:
    """The batches of a stream.

    Raises:
        EOFError: it stopped before its end.
    """
    try:
        while batch := pickle.load(source):
            events, fields, origins = batch
            yield SelectedEvents(pa.ipc.read_record_batch(events, _SCHEMA), fields, origins)
    except (OSError, pickle.UnpicklingError) as error:
        raise EOFError from error
