"""A clock that processes share: if one of them waits, time passes for all."""

from __future__ import annotations

import fcntl
import mmap
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loglake.core.units import EpochMs

_TIME = struct.Struct("<q")
_YIELD_S = 0.001
"""A sleeper lets others get on for so long: the emulated services work in threads of their own."""


class SharedClock:
    """Implements `core.ports.Clock` in a file of eight bytes. Only sleeping moves it."""

    def __init__(self, path: Path, now_ms: int | None = None) -> None:
        """Opens the clock in `path`; `now_ms` sets it. Open it again after a fork."""
        if now_ms is not None:
            path.write_bytes(_TIME.pack(now_ms))
        self.path = path
        self._file = path.open("r+b")
        self._memory = mmap.mmap(self._file.fileno(), _TIME.size)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Closes the file. The clock can't be used after that."""
        self._memory.close()
        self._file.close()

    def now_ms(self) -> EpochMs:
        """Milliseconds since the epoch."""
        with self._locked():
            return self._read()

    def sleep(self, seconds: float) -> None:
        """Lets time pass, for all."""
        self.advance(seconds)
        time.sleep(_YIELD_S)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward."""
        with self._locked():
            _TIME.pack_into(self._memory, 0, self._read() + round(seconds * 1000))

    def set(self, now_ms: int) -> None:
        """Moves the clock to an instant, forward or back."""
        with self._locked():
            _TIME.pack_into(self._memory, 0, now_ms)

    def _read(self) -> EpochMs:
        return EpochMs(_TIME.unpack_from(self._memory, 0)[0])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock:  # between threads; the file's lock is one per process
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
