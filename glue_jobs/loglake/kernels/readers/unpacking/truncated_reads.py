"""Reads an object to its end, or to the truncation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from loglake.kernels.blocks import BlocksUntilTruncated

T = TypeVar("T")
Item_co = TypeVar("Item_co", covariant=True)


class BlockReader(Protocol[Item_co]):
    """Turns blocks into items, and holds back an item that the next block may complete."""

    def feed(self, block: bytes) -> Iterator[Item_co]:
        """All items that the block completes."""

    def finish(self) -> Iterator[Item_co]:
        """The item that was held back, when the object ends."""

    def truncated(self, problem: str) -> Item_co:
        """The item that was held back, when the object is truncated: its end may be missing."""


def read_blocks(chunks: Iterable[bytes], block_bytes: int, reader: BlockReader[T]) -> Iterator[T]:
    """All items of an object, up to its end or to the truncation."""
    whole = BlocksUntilTruncated(chunks, block_bytes)
    for block in whole:
        yield from reader.feed(block)
    if whole.problem:
        yield reader.truncated(whole.problem)
    else:
        yield from reader.finish()
