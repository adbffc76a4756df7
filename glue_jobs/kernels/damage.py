"""Reading on until an object ends or is damaged, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from glue_jobs.kernels.blocks import blocks
from glue_jobs.kernels.gunzip import DamagedGzipError


class WholeBlocks:
    """An object's decompressed bytes in blocks of a steady size, up to the damage if there is any; to be read once.

    Attributes:
        problem: after the last block, what is wrong with the object; empty where nothing is.
    """

    def __init__(self, chunks: Iterable[bytes], block_bytes: int) -> None:
        self.problem = ""
        self._blocks = blocks(chunks, block_bytes)

    def __iter__(self) -> Iterator[bytes]:
        """The blocks in their order."""
        try:
            yield from self._blocks
        except DamagedGzipError as damage:
            self.problem = damage.problem
