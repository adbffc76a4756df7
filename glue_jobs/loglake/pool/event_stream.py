"""Batches of events from one process to another: an Arrow stream, each batch with what it needs beside its columns.

The stream has an end of its own. If it stops before, the process that wrote it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple
from typing import IO, Any

import pyarrow as pa

from loglake.kernels.parts import SelectedEvents
from loglake.kernels.readers.events import EVENTS, Origin
from loglake.kernels.readers.raw_objects import Origins

_SCHEMA = EVENTS.append(pa.field("origin", pa.int32()))
_BESIDE, _END = "beside", "end"


class EventSender:
    """Writes a stream.

    Args:
        sink: where to.
        origins: those of the events that come; a batch takes along those that no earlier batch of this stream had.
    """

    def __init__(self, sink: IO[bytes], origins: Origins) -> None:
        self._sink: Any = sink
        self._stream: Any = None
        self._origins = origins
        self._sent = 0

    def send(self, events: pa.RecordBatch, fields: tuple[str, ...]) -> None:
        """Writes a batch; waits while the other process has enough."""
        new = [astuple(each) for each in self._origins.known[self._sent :]]
        self._sent += len(new)
        self._write(events, {_BESIDE: json.dumps({"fields": fields, "origins": new})})

    def end(self) -> None:
        """Ends the stream."""
        self._write(pa.RecordBatch.from_pylist([], schema=_SCHEMA), {_END: _END})

    def _write(self, events: pa.RecordBatch, beside: dict[str, str]) -> None:
        self._stream = self._stream or pa.ipc.new_stream(self._sink, _SCHEMA)
        self._stream.write_batch(events, custom_metadata=beside)
        self._sink.flush()


def received(source: IO[bytes]) -> Iterator[SelectedEvents]:
    """The batches of a stream.

    Raises:
        EOFError: it stopped before its end.
    """
    file: Any = source
    try:
        with pa.ipc.open_stream(file) as stream:
            while True:
                events, beside = stream.read_next_batch_with_custom_metadata()
                if _END.encode() in beside:
                    return
                said = json.loads(beside[_BESIDE.encode()])
                origins = tuple(
                    Origin(source, group, stream, tuple(fields), account)
                    for source, group, stream, fields, account in said["origins"]
                )
                yield SelectedEvents(events, tuple(said["fields"]), origins)
    except (StopIteration, OSError, pa.ArrowInvalid) as error:
        raise EOFError from error
