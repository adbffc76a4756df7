"""Raw objects: exported text with all sorts of oddities, in every kind of wrapping."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable
from random import Random
from typing import Callable, TypeVar

from support.worlds.bundles import DAY

from fuzz.inputs.mutations import mutate
from loglake.core.units import MS_PER_DAY, MS_PER_HOUR, format_instant

T = TypeVar("T")
Make = Callable[[Random], bytes]

MOST_BYTES = 3_000_000
"""Of the text of an object, about: long texts among many would make it slow to check."""

STRADDLED = (256 << 10, 1 << 20, 4 << 20, 8 << 20)
"""Sizes in which readers work: timestamps, lines and characters are made to lie across them."""


def export_body(chance: Random, make: Make) -> bytes:
    """An exported object, whole or damaged before or after it was compressed."""
    text = _straddling(chance, make) if chance.random() < 0.01 else export_text(chance, make)
    if chance.random() < 0.15:
        text = mutate(chance, text, chance.randint(1, 3))
    body = pack(chance, text)
    return mutate(chance, body, chance.choice([1, 1, 3])) if chance.random() < 0.3 else body


def export_text(chance: Random, make: Make, most: int = 60) -> bytes:
    """Stamped events, sometimes with a leading fragment, other line ends or no last newline."""
    newline = b"\r\n" if chance.random() < 0.1 else b"\n"
    head = make(chance) + newline if chance.random() < 0.1 else b""
    count = chance.choice([0, 1, 2, 5, most])
    events = bounded((_timestamp(chance) + make(chance) + newline for _ in range(count)), len)
    text = head + b"".join(events)
    return text[: -len(newline)] if chance.random() < 0.2 else text


def bounded(parts: Iterable[T], size_of: Callable[[T], int]) -> list[T]:
    """The first of the parts, until together they have `MOST_BYTES`."""
    taken, size = [], 0
    for part in parts:
        taken.append(part)
        size += size_of(part)
        if size >= MOST_BYTES:
            break
    return taken


def _timestamp(chance: Random) -> bytes:
    ms = chance.choice(
        [
            chance.randrange(DAY, DAY + MS_PER_DAY),
            chance.randrange(DAY, DAY + MS_PER_HOUR),
            chance.choice([DAY, DAY - 1, DAY + MS_PER_DAY, DAY + MS_PER_DAY - 1]),
            chance.randrange(DAY - MS_PER_DAY, DAY + 2 * MS_PER_DAY),
        ]
    )
    if chance.random() < 0.005:
        return chance.choice([b"0001-01-01T00:00:00.000Z ", b"9999-12-31T23:59:59.999Z ", b"1969-12-31T23:59:59.999Z "])
    return f"{format_instant(ms)} ".encode()


def _straddling(chance: Random, make: Make) -> bytes:
    """Text with events that cross the block boundaries of readers."""
    text = export_text(chance, make)
    for size in STRADDLED[: chance.choice([1, 2, 3, 3, 4])]:
        gap = size - len(text) - chance.randrange(40)
        if gap > 2_000:
            filler = _timestamp(chance) + b"filler \xe2\x82\xac" * 60 + b"\n"
            text += filler * (gap // len(filler) - 1)
            text += _timestamp(chance).ljust(size - len(text) - chance.randrange(1, 60), b".") + b"\n"
        text += export_text(chance, make)
    return text


def pack(chance: Random, text: bytes) -> bytes:
    """Text as gzip in one member or many, stored or deflated, with optional header fields and padding; or bare."""
    kind = chance.random()
    if kind < 0.08:
        return text
    if kind < 0.6:
        return _member(chance, text)
    places = sorted(chance.randint(0, len(text)) for _ in range(chance.choice([1, 2, 5, 30])))
    parts = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    padding = bytes(chance.choice([0, 0, 0, 1, 7, 511, 70_000]))
    return b"".join(_member(chance, part) + padding for part in parts)


def _member(chance: Random, text: bytes) -> bytes:
    level = chance.choice([0, 1, 6, 9])
    if chance.random() < 0.8:
        return gzip.compress(text, level, mtime=0)
    if chance.random() < 0.5:
        out = io.BytesIO()
        with gzip.GzipFile("a name", "wb", level, out, mtime=1) as file:
            file.write(text)
        return out.getvalue()
    return _with_flags(chance, text, level)


def _with_flags(chance: Random, text: bytes, level: int) -> bytes:
    """A header with a random choice of RFC 1952's optional fields, and the text flushed in between."""
    flags, rest = 0, b""
    for bit, field in ((4, b"\x05\x00EXTRA"), (8, b"name\x00"), (16, b"comment\x00")):
        if chance.random() < 0.5:
            flags, rest = flags | bit, rest + field
    if chance.random() < 0.5:
        flags |= 2
    header = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\x00\xff" + rest
    if flags & 2:
        header += (zlib.crc32(header) & 0xFFFF).to_bytes(2, "little")
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    half = len(text) // 2
    flush = chance.choice([zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_BLOCK])
    packed = packer.compress(text[:half]) + packer.flush(flush) + packer.compress(text[half:]) + packer.flush()
    return header + packed + zlib.crc32(text).to_bytes(4, "little") + (len(text) & 0xFFFFFFFF).to_bytes(4, "little")
