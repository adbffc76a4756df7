"""Blocks of a steady size, from chunks of any size, up to a truncation of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loglake.errors import LoglakeError, PermanentError


class TruncatedInputError(PermanentError):
    """An object is not gzip, is corrupt, or ends too early. All bytes that could be decoded were yielded before.

    Attributes:
        problem: what is wrong; reads well after "the object is damaged:".
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"the object is damaged: {problem}. Export its window again, or look at the object itself.")
        self.problem = problem


def blocks(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`; the last block may be smaller.

    Raises:
        LoglakeError: the chunks raised it, such as `TruncatedInputError`; all bytes before it were yielded.
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


def damaged(read: bytes, error: TruncatedInputError) -> Iterator[bytes]:
    """What was read of an object before its truncation, which is raised again behind it."""
    yield read
    raise error


class BlocksUntilTruncated:
    """An object's decompressed bytes in blocks of a steady size, up to a truncation; can be read once.

    Attributes:
        problem: after the last block, what is wrong with the object; empty if nothing is.
    """

    def __init__(self, chunks: Iterable[bytes], block_bytes: int) -> None:
        self.problem = ""
        self._blocks = blocks(chunks, block_bytes)

    def __iter__(self) -> Iterator[bytes]:
        """The blocks in their order."""
        try:
            yield from self._blocks
        except TruncatedInputError as error:
            self.problem = error.problem


def character_start(data: bytes, at: int) -> int:
    """The position for cutting UTF-8 without splitting a character: `at`, or up to three bytes before it."""
    for start in range(at, max(at - 4, 0), -1):
        if start >= len(data) or data[start] & 0xC0 != 0x80:
            return start
    return at
