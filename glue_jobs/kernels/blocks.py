"""Steps of a steady size, whatever the sizes of what is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glue_jobs.errors import LoglakeError


def blocks(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`, but for the last.

    Raises:
        LoglakeError: as the chunks do, such as `DamagedGzipError`, after all that came before.
    """
    waiting = bytearray()
    try:
        for chunk in chunks:
            start = 0
            if waiting:
                start = size - len(waiting)
                waiting += chunk[:start]
                if len(waiting) < size:
                    continue
                yield bytes(waiting)
                waiting.clear()
            last = len(chunk) - (len(chunk) - start) % size
            for at in range(start, last, size):
                yield chunk[at : at + size]
            waiting += chunk[last:]
    except LoglakeError:
        if waiting:
            yield bytes(waiting)
        raise
    if waiting:
        yield bytes(waiting)
