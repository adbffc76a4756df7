"""Small damage to bytes, as storage, networks and people cause it."""

from __future__ import annotations

from random import Random
from typing import Callable

Mutation = Callable[[Random, bytes], bytes]


def mutate(chance: Random, data: bytes, times: int = 1) -> bytes:
    """Bytes with some damage."""
    for _ in range(times):
        data = chance.choice(MUTATIONS)(chance, data)
    return data


def _place(chance: Random, data: bytes) -> int:
    """A random position, often near an end, because headers and checksums are there."""
    reach = min(20, len(data))
    return chance.choice([chance.randint(0, len(data)), chance.randint(0, reach), len(data) - chance.randint(0, reach)])


def _stretch(chance: Random, data: bytes) -> tuple[int, int]:
    start = _place(chance, data)
    return start, min(len(data), start + chance.choice([1, 1, 2, 8, 100, 5_000]))


def cut_end(chance: Random, data: bytes) -> bytes:
    """Truncated."""
    return data[: _place(chance, data)]


def cut_start(chance: Random, data: bytes) -> bytes:
    """The start is missing."""
    return data[_place(chance, data) :]


def flip_bits(chance: Random, data: bytes) -> bytes:
    """One bit, or a few."""
    out = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 9]) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def set_byte(chance: Random, data: bytes) -> bytes:
    """One byte becomes another, often one that means something."""
    if not data:
        return data
    at = min(_place(chance, data), len(data) - 1)
    return data[:at] + bytes([chance.choice([*b'\0\xff\n\r\t "\\{}[],:=-0', chance.randrange(256)])]) + data[at + 1 :]


def remove(chance: Random, data: bytes) -> bytes:
    """A stretch is missing."""
    start, end = _stretch(chance, data)
    return data[:start] + data[end:]


def repeat(chance: Random, data: bytes) -> bytes:
    """A stretch comes again."""
    start, end = _stretch(chance, data)
    return data[:end] + data[start:end] + data[end:]


def blank(chance: Random, data: bytes) -> bytes:
    """A stretch is zeros."""
    start, end = _stretch(chance, data)
    return data[:start] + bytes(end - start) + data[end:]


def insert(chance: Random, data: bytes) -> bytes:
    """Noise, zeros, line breaks or magic numbers in between."""
    at = _place(chance, data)
    noise = chance.choice(
        [chance.randbytes(chance.randrange(1, 20)), bytes(chance.randrange(1, 600)), b"\n", b"\r\n", b"\x1f\x8b"]
    )
    return data[:at] + noise + data[at:]


MUTATIONS: tuple[Mutation, ...] = (cut_end, cut_start, flip_bits, set_byte, remove, repeat, blank, insert)
