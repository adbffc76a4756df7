"""JSON objects that are much alike as columns, packed: what repeats costs nothing, and digests cost their bytes.

::

    {"all": value}                                    each has the same
    {"steps": [first, ...]}                           numbers: the first one, and each less the one before
    {"hex": digits}                                   so many hexadecimal digits each; their bytes come after the JSON
    {"by": {name: column}, "lacks": {name: [2, 7]}}   objects: their fields, and which objects lack one, from 0
    {"each": [value, ...]}                            whatever else

The JSON is one such column, as zlib packs it. So any program can unpack it, for a person to read.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from io import BytesIO
from itertools import accumulate
from typing import Any

_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def pack(values: Sequence[dict[str, Any]]) -> bytes:
    """Packs JSON objects; `unpack` is the inverse."""
    tail = bytearray()
    text = json.dumps(_column(values, tail), separators=(",", ":"))
    # Numbers have many short repetitions by chance. To refer to them costs more than it saves.
    packer = zlib.compressobj(9, strategy=zlib.Z_FILTERED)
    return packer.compress(text.encode()) + packer.flush() + tail


def unpack(packed: bytes, count: int) -> list[dict[str, Any]]:
    """Unpacks so many JSON objects. Equal values may be one object in memory.

    Raises:
        ValueError, KeyError, TypeError: `pack` did not write it.
    """
    packer = zlib.decompressobj()
    try:
        text = packer.decompress(packed)
    except zlib.error as error:
        raise ValueError(f"it can't be unpacked ({error})") from None
    if not packer.eof:
        raise ValueError("it can't be unpacked (its end is missing)")
    tail = BytesIO(packer.unused_data)
    values = _values(json.loads(text), count, tail)
    if tail.read(1):
        raise ValueError("it has more bytes than its columns")
    return values


def _column(values: Sequence[Any], tail: bytearray) -> dict[str, Any]:
    kinds = set(map(type, values))
    if len(kinds) == 1 and all(value == values[0] for value in values):
        return {"all": values[0]}
    if kinds == {int}:
        return {"steps": [value - before for before, value in zip([0, *values], values)]}
    if kinds == {dict}:
        names = dict.fromkeys(name for value in values for name in value)
        lacks = {name: [place for place, value in enumerate(values) if name not in value] for name in names}
        columns = {name: _column([value[name] for value in values if name in value], tail) for name in names}
        return {"by": columns, "lacks": {name: places for name, places in lacks.items() if places}}
    if kinds == {str} and len(set(map(len, values))) == 1 and all(map(_HEX.fullmatch, values)):
        tail += bytes.fromhex("".join(values))
        return {"hex": len(values[0])}
    return {"each": list(values)}


def _values(column: dict[str, Any], count: int, tail: BytesIO) -> list[Any]:
    if "all" in column:
        return [column["all"]] * count
    if "by" in column:
        return _objects(column, count, tail)
    if "hex" in column:
        digits = column["hex"]
        text = tail.read(count * digits // 2).hex()
        found = [text[end - digits : end] for end in range(digits, len(text) + 1, digits)]
    else:
        found = list(accumulate(column["steps"])) if "steps" in column else list(column["each"])
    if len(found) != count:
        raise ValueError(f"a column has {len(found)} values, and not {count}")
    return found


def _objects(column: dict[str, Any], count: int, tail: BytesIO) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, values in column["by"].items():
        lacking = set(column["lacks"].get(name, ()))
        having = [each for place, each in enumerate(found) if place not in lacking]
        for each, value in zip(having, _values(values, len(having), tail)):
            each[name] = value
    return found
