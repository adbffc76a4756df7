"""Arrow's JSON reader over a batch of events, flattened to leaves, and the ways in which it is not exact.

What Arrow does well is refuse: a fraction in an int64 column, an integer beyond it, a key that comes twice, another
kind of value than before. What it does not refuse is found here, NaN and Infinity, and in `exact_doubles`, numbers that
a double rounds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from loglake.core.schema.schema import MAX_DEPTH, FieldPath
from loglake.kernels.arrow import NO_STRING, Array, Mask, Strings, bytes_of, choose, matches, nulls, occurs, pc, to_mask

DEEPEST = 2_000
"""Brackets that Arrow may meet in one text: it calls itself for each level, and 30,000 of them end the process."""

_NO_NUMBER = r"[:\[,\s]-?(?:NaN|Inf)"
_PLAIN_KEY = re.compile(r"[\w.@$-]+")


def read_objects(raw: Strings, schema: pa.Schema | None) -> dict[FieldPath, Array] | None:
    """Reads one JSON object per text.

    Args:
        raw: texts that start with ``{`` and end with ``}``, white space aside, not null. Such a text can't become an
            object by joining its neighbours, because JSON needs a comma between two objects. So equal counts mean
            that each text is one object.
        schema: types to insist on; the types of other fields are inferred.

    Returns:
        Arrays as long as `raw` by path: scalars, lists, and structs that are empty or at `MAX_DEPTH`; a null struct's
        members are null. None if Arrow refuses, or would not come back.
    """
    if may_nest_too_deep(raw):
        return None
    lines: Any = pc.binary_join_element_wise(raw, "\n", "")
    size = int(np.frombuffer(lines.buffers()[1], np.int32)[len(raw)])
    source: Any = pa.BufferReader(lines.buffers()[2].slice(0, size))
    try:
        table = pj.read_json(
            source,
            # One block: types are inferred for the whole batch.
            read_options=pj.ReadOptions(use_threads=False, block_size=size + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=schema, newlines_in_values=True, unexpected_field_behavior="infer"
            ),
        )
    except pa.ArrowException:
        return None
    if table.num_rows != len(raw) or any(column.num_chunks != 1 for column in table.columns):
        return None
    leaves: dict[FieldPath, Array] = {}
    for name, column in zip(table.column_names, table.columns):
        only: Any = column.chunk(0)
        _flatten(only, (name,), leaves)
    return leaves


def _flatten(array: Array, path: FieldPath, leaves: dict[FieldPath, Array]) -> None:
    if not isinstance(array, pa.StructArray) or not array.type.num_fields or len(path) == MAX_DEPTH:
        leaves[path] = array
        return
    for field, child in zip(array.type, array.flatten()):
        _flatten(child, (*path, field.name), leaves)


def picked_texts(leaf: Array | None, length: int) -> Strings:
    """What `fit_rows.pick` makes of each value: a string as it is, a whole number as its digits, else null."""
    if leaf is None:
        return nulls(length, pa.string())
    if pa.types.is_string(leaf.type):
        return leaf
    if pa.types.is_integer(leaf.type):
        return leaf.cast(pa.string())
    if pa.types.is_floating(leaf.type):
        whole = pc.and_(pc.equal(leaf, pc.floor(leaf)), pc.less(pc.abs(leaf), float(2**53)))
        return pc.if_else(whole, leaf, pa.scalar(None, pa.float64())).cast(pa.int64()).cast(pa.string())
    return nulls(length, pa.string())


def may_nest_too_deep(raw: Strings) -> bool:
    """Whether any text has more than `DEEPEST` opening brackets; those in strings and side by side count too."""
    longest = pc.max(pc.binary_length(raw)).as_py() or 0
    if longest <= DEEPEST:
        return False
    long = raw.filter(pc.greater(pc.binary_length(raw), DEEPEST))
    openers = pc.add(pc.count_substring(long, "["), pc.count_substring(long, "{"))
    return bool(pc.max(openers).as_py() > DEEPEST)


def no_numbers(raw: Strings) -> Mask:
    """Which events may have NaN or Infinity among their values: Arrow takes them for numbers, JSON does not."""
    return to_mask(matches(raw, _NO_NUMBER))


def single_keys(leaves: Mapping[FieldPath, Array]) -> frozenset[str]:
    """The keys at one path alone, of what `read_objects` gave: no event has one of them twice."""
    paths = {path[:length] for path in leaves for length in range(1, len(path) + 1)}
    keys = Counter(path[-1] for path in paths)
    for leaf in leaves.values():
        keys.update(_keys(leaf.type))
    return frozenset(key for key, count in keys.items() if count == 1)


def _keys(kind: pa.DataType) -> Iterator[str]:
    """The keys of the objects in a type, one for each path."""
    if isinstance(kind, pa.ListType):
        yield from _keys(kind.value_type)
    elif isinstance(kind, pa.StructType):
        for field in kind:
            yield field.name
            yield from _keys(field.type)


def array_texts(raw: Strings, key: str, *, single: bool) -> Strings:
    """The exact text of the array under a key, null if a pattern can't be sure: see `value_texts`.

    It is sure of no array in an array, and of none with NaN in it.
    """
    found = value_texts(raw, key, r"\[(?:[^\[\]\"\\]|\"(?:[^\"\\]|\\(?s:.))*\")*\]", single=single)
    return choose(matches(found, _NO_NUMBER), NO_STRING, found) if occurs(found, _NO_NUMBER) else found


def value_texts(raw: Strings, key: str, pattern: str, *, single: bool = False) -> Strings:
    """The text under a key, if the event surely has the key just once, at whatever depth.

    In valid JSON a quote after white space, a comma or a brace opens or closes a string, and no plain key can start
    right after a closing quote. So if the quoted key with a colon comes once, that is the key, unless an escape spells
    it otherwise.

    Args:
        raw: valid JSON.
        key: what is looked for.
        pattern: RE2 of the value.
        single: no event has it twice, see `single_keys`; also not with an escape.
    """
    if not _PLAIN_KEY.fullmatch(key):
        return nulls(len(raw), pa.string())
    name = rf"[{{,\s]\"{_escape(key)}\"\s*:\s*"
    found = pc.struct_field(pc.extract_regex(raw, f"{name}(?P<value>{pattern})"), "value")
    if single:
        return found
    data, quoted = bytes_of(raw)[1].tobytes(), f'"{key}"'
    if data.count(quoted.encode()) > len(found) - found.null_count:  # else each event that has the key has it once
        once = to_mask(pc.equal(pc.count_substring(raw, quoted), 1))  # if quoted once, it is a key once
        others = raw.filter(pa.array(~once))
        once[~once] = to_mask(pc.equal(pc.count_substring_regex(others, name), 1))
        found = choose(pa.array(once), found, NO_STRING)
    return choose(pc.match_substring(raw, r"\u"), NO_STRING, found) if rb"\u" in data else found


def _escape(key: str) -> str:
    """RE2 takes any escaped ASCII punctuation literally."""
    return "".join(f"\\{char}" if char in ".@$-" else char for char in key)
