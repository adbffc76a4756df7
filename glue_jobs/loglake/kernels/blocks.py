"""Blocks of a steady size, from chunks of any size, up to a truncation of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from loglake.errors import LoglakeError, PermanentError


class TruncatedInputError(PermanentError):
    """An object is not gzip, is corrupt, or ends too early. All bytes that could be decoded were yielded before.

    Attributes:
        problem: what is wrong; reads well after "the object is damaged:".
        good_bytes: the number of decoded bytes before the problem.
    """

    def __init__(self, problem: str, good_bytes: int) -> None:
        super().__init__(
            f"the object is damaged: {problem} ({good_bytes:,} bytes could be decoded). "
            "Export its window again, or look at the object itself."
        )
        self.problem = problem
        self.good_bytes = good_bytes


def blocks(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of exactly `size`; the last block may be smaller.

    Raises:
        LoglakeError: the chunks raised it, such as `TruncatedInputError`; all bytes before it were yielded.
    """
    return map(b"".join, pieces_of_blocks(chunks, size))


def pieces_of_blocks(chunks: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    """As `blocks`, but each in pieces that are still to be joined."""
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
                yield waiting
                waiting, held = [], 0
            last = len(chunk) - (len(chunk) - start) % size
            for at in range(start, last, size):
                yield [chunk[at : at + size]]
            if last < len(chunk):
                waiting, held = [chunk[last:]], len(chunk) - last
    except LoglakeError:
        if waiting:
            yield waiting
        raise
    if waiting:
        yield waiting


class BlocksUntilTruncated:
    """An object's decompressed bytes in blocks of a steady size, up to a truncation; can be read once.

    Attributes:
        problem: after the last block, what is wrong with the object; empty if nothing is.
    """

    def __init__(self, chunks: Iterable[bytes], block_bytes: int) -> None:
        self.problem = ""
        self._blocks = pieces_of_blocks(chunks, block_bytes)

    def __iter__(self) -> Iterator[bytes]:
        """The blocks in their order."""
        return map(b"".join, self.pieces())

    def pieces(self) -> Iterator[list[bytes]]:
        """The blocks in their order, each in pieces that are still to be joined."""
        try:
            yield from self._blocks
        except TruncatedInputError as error:
            self.problem = error.problem
