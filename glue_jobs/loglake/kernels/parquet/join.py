"""Parquet files of the same columns into one, with the row groups as they are: nothing is decoded.

Files in, in order; file out: their bytes, one after the other, and a footer with all of their row groups. So it has
their dictionaries, statistics, Bloom filters and page indexes, and a thousandth of bytes that nobody reads: the former
footers. Same files in, same bytes out. Only the numbers that say where something is in the file change. These are in
structs of Thrift, which are small and all that is in memory: the footer, and the offset index of each column
(https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
"""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Union

import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_LENGTH_BYTES = 4

_Changes = Union[Callable[[int], int], Mapping[int, "_Changes"]]
"""What becomes of a number, or of a struct's fields by their ids; for a list, of each of its values."""


def join_files(paths: Sequence[str], target: str) -> int:
    """Writes the row groups of files to one file. Returns how many rows it has.

    Raises:
        RuntimeError: a file has other columns than the first one.
        ValueError: a file is not as pyarrow writes it.
    """
    joined: Any = None
    with open(target, "wb") as file, io.BytesIO() as end:
        for path in paths:
            with open(path, "rb") as source:
                footer = _add(source, file, joined.num_row_groups if joined else 0)
            length = len(footer).to_bytes(_LENGTH_BYTES, "little")
            added: Any = pq.read_metadata(io.BytesIO(_MAGIC + footer + length + _MAGIC))
            if joined:
                joined.append_row_groups(added)
            joined = joined or added
        joined.write_metadata_file(end)
        file.write(end.getvalue()[len(_MAGIC) :])
    return int(joined.num_rows)


def _add(source: IO[bytes], file: IO[bytes], groups_before: int) -> bytes:
    """Adds a file. Returns its footer, with the places where everything is now."""
    moved_by, index_bytes = file.tell(), 0
    shutil.copyfileobj(source, file)

    def move(place: int) -> int:
        return place + moved_by

    def add_index(place: int) -> int:
        nonlocal index_bytes
        source.seek(place)
        moved_to = file.tell()
        index_bytes = file.write(_copied(source, _STRUCT, {1: {1: move}}))
        return moved_to

    end = source.seek(-_LENGTH_BYTES - len(_MAGIC), os.SEEK_END)
    length = int.from_bytes(source.read(_LENGTH_BYTES), "little")
    source.seek(end - length)
    column: _Changes = {
        3: dict.fromkeys((9, 10, 11, 14), move),  # pages of data, of an index, of the dictionary; Bloom filter
        4: add_index,  # offset index
        5: lambda _: index_bytes,
        6: move,  # column index
    }
    changes: _Changes = {4: {1: column, 5: move, 7: lambda number: number + groups_before}}
    return _copied(io.BytesIO(source.read(length)), _STRUCT, changes)


# Types of Thrift's compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 1, 2, 3, 7, 8, 12
_NUMBERS, _LISTS = (4, 5, 6), (9, 10)
_BYTES = {_TRUE: 0, _FALSE: 0, _BYTE: 1, _DOUBLE: 8}
_LONG_LIST = 15


def _copied(source: IO[bytes], kind: int, changes: _Changes) -> bytes:
    """Reads a value of the compact protocol. Returns it with other numbers."""
    if kind in _BYTES:
        return source.read(_BYTES[kind])
    if kind in _NUMBERS:
        number = _number(source)
        return _varint(2 * changes(number // 2) if callable(changes) else number)
    if kind == _BINARY:
        size = _number(source)
        return _varint(size) + source.read(size)
    copied = bytearray()
    if kind in _LISTS:
        copied += source.read(1)
        size, of = divmod(copied[0], 16)
        if size == _LONG_LIST:
            size = _number(source)
            copied += _varint(size)
        for _ in range(size):
            copied += _copied(source, _BYTE if of in {_TRUE, _FALSE} else of, changes)
    elif kind == _STRUCT and not callable(changes):
        field = 0
        while (head := source.read(1)) > b"\0":
            more, of = divmod(head[0], 16)  # no field of these structs is more than 15 after the one before
            field += more
            copied += head + _copied(source, of, changes.get(field, {}))
        copied += head
    else:
        raise ValueError(f"a struct of Parquet has a value of type {kind}")
    return bytes(copied)


def _number(source: IO[bytes]) -> int:
    """Reads a number; one with a sign is stored as its double."""
    number = shift = 0
    while (byte := source.read(1)[0]) >= 128:
        number += byte % 128 << shift
        shift += 7
    return number + (byte << shift)


def _varint(number: int) -> bytes:
    copied = bytearray()
    while number >= 128:
        copied.append(number % 128 + 128)
        number //= 128
    copied.append(number)
    return bytes(copied)
