"""Objects that are arrays of JSON objects, read element by element.

If something else comes, or an element longer than `MAX_EVENT_BYTES`, the rest of the object is a fragment, in pieces of
`MAX_EVENT_BYTES`. Peak memory: a few times `MAX_EVENT_BYTES`, whatever the size of the array.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Callable, NamedTuple

from loglake.kernels.blocks import BlocksUntilTruncated
from loglake.kernels.json.arrays import ArrayScanner, Closed, Element
from loglake.kernels.readers.events import Events, Fragment
from loglake.kernels.readers.export_text import MAX_EVENT_BYTES


class Shape(NamedTuple):
    """How such an object looks.

    Attributes:
        opened: matches what comes before the first element.
        closed: as `ArrayScanner` has it.
        broken: the reason of the fragment if something else comes.
        take: as `ArrayScanner` has it.
    """

    opened: re.Pattern[str]
    closed: Closed
    broken: str
    take: Callable[[dict[str, Any]], Any] = lambda _: None


class Elements(NamedTuple):
    """Elements that follow each other.

    Attributes:
        found: their positions in `data`, and what the scanner took of them.
        data: bytes of the object.
        number: of the first element in the object, 1-based.
        offset: of `data` in the object.
    """

    found: list[Element]
    data: bytes
    number: int
    offset: int

    def fragment(self, index: int, reason: str) -> Fragment:
        """An element that is no event."""
        start, end, _ = self.found[index]
        return Fragment(self.number + index, self.offset + start, self.data[start:end], reason)


Make = Callable[[Elements], Iterator["Events | Fragment"]]
"""Makes events of elements."""


def read_elements(chunks: Iterable[bytes], block_bytes: int, shape: Shape, make: Make) -> Iterator[Events | Fragment]:
    """What is made of the elements of an object.

    Args:
        chunks: decompressed bytes in order, of any sizes.
        block_bytes: the size of one step. Batches depend on it, their events don't.
        shape: how the object looks.
        make: gets the elements, in their order.
    """
    reader = _Reader(shape, make)
    whole = BlocksUntilTruncated(chunks, block_bytes)
    for block in whole:
        yield from reader.feed(block)
    yield from reader.finish(whole.problem)


class _Reader:
    """Holds the bytes that are not read yet. It decodes them as Latin-1: text and bytes have the same positions."""

    def __init__(self, shape: Shape, make: Make) -> None:
        self._scanner = ArrayScanner(shape.opened, shape.closed, MAX_EVENT_BYTES, shape.take)
        self._broken = shape.broken
        self._make = make
        self._data = b""
        self._offset = 0
        self._number = 1
        self._is_lost = False

    def feed(self, block: bytes) -> Iterator[Events | Fragment]:
        """All elements that the block completes."""
        self._data += block
        if not self._is_lost:
            yield from self._elements()
        while len(self._data) > MAX_EVENT_BYTES:
            self._is_lost = True
            yield Fragment(self._number, self._offset, self._data[:MAX_EVENT_BYTES], self._broken)
            self._forget(MAX_EVENT_BYTES)

    def finish(self, problem: str) -> Iterator[Events | Fragment]:
        """The rest as a fragment. A document that ends too early is reported, even if it ends between elements."""
        is_open = self._scanner.is_inside and not self._is_lost
        if problem or self._data.strip() or is_open:
            yield Fragment(self._number, self._offset, self._data, problem or self._broken)

    def _elements(self) -> Iterator[Events | Fragment]:
        found, at = self._scanner.scan(self._data.decode("latin-1"))
        if found:
            yield from self._make(Elements(found, self._data, self._number, self._offset))
        self._number += len(found)
        self._forget(at)

    def _forget(self, count: int) -> None:
        self._offset += count
        self._data = self._data[count:]
