"""Steps of a steady size, whatever the sizes of what is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glue_jobs.errors import LoglakeError


def blocks(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`, but for the last.

    Raises:
        LoglakeError: as the chunks do, such as `DamagedGzipError`, after all that came before.
    """
    waiting: list[bytes] = []
    held = 0
    try:
        for chunk in chunks:
            start = 0
            if waiting:
                start = min(size - held, len(chunk))
                waiting.append(chunk[:start])
                held += start
                if held < size:
                    continue
                yield b"".join(waiting)
                waiting, held = [], 0
            last = len(chunk) - (len(chunk) - start) % size
            for at in range(start, last, size):
                yield chunk[at : at + size]
            if last < len(chunk):
                waiting, held = [chunk[last:]], len(chunk) - last
    except LoglakeError:
        if waiting:
            yield b"".join(waiting)
        raise
    if waiting:
        yield b"".join(waiting)
