"""Arrow's JSON reader over a batch of events, flattened to leaves, and the ways in which it is not exact.

What Arrow does well is refuse: a fraction in an int64 column, an integer beyond it, a key that comes twice, another
kind of value than before. What it does not refuse is found here: numbers that a double rounds, NaN and Infinity.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from glue_jobs.core.schema import MAX_DEPTH, FieldPath
from glue_jobs.kernels.arrow import NO_STRING, Array, Mask, Strings, pc, to_mask
from glue_jobs.kernels.scalars import MAX_EXACT_INTEGER, MISFIT, to_double

_NO_NUMBER = r"[:\[,\s]-?(?:NaN|Inf)"

_DOUBTFUL_NUMBER = r"[:\[,\s]-?\d(?:[\d.]{15,}|[\d.]*[eE][+-]?\d{3})"
"""A number that a double may not hold: 16 digits or more (DBL_DIG is 15), or an exponent of three digits."""


def read_objects(raw: Strings, schema: pa.Schema | None) -> dict[FieldPath, Array] | None:
    """Reads one JSON object per text.

    Args:
        raw: texts that start with ``{`` and end with ``}``, white space aside, not null. Then no text that is not an
            object by itself can become one together with its neighbours, since two objects need a comma between them;
            so equal counts mean that each text is one object.
        schema: types to insist on; fields that it does not have are inferred.

    Returns:
        Arrays as long as `raw` by path: scalars, lists, and structs that are empty or at `MAX_DEPTH`; a null struct's
        members are null. None where Arrow refuses.
    """
    lines = pc.binary_join_element_wise(raw, "\n", "")
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


def inexact_doubles(doubles: Array) -> Mask:
    """Which values may stand for another integer, or are no JSON number at all (NaN, Infinity)."""
    return to_mask(pc.invert(pc.less(pc.abs(doubles), float(MAX_EXACT_INTEGER))))


def no_numbers(raw: Strings) -> Mask:
    """Which events may have NaN or Infinity among their values: Arrow takes them for numbers, JSON does not."""
    return to_mask(pc.match_substring_regex(raw, _NO_NUMBER))


def inexact_texts(raw: Strings) -> Mask:
    """Which events have a number with a fraction or exponent that a double does not hold exactly."""
    doubtful = to_mask(pc.match_substring_regex(raw, _DOUBTFUL_NUMBER))
    for index in np.flatnonzero(doubtful):
        doubtful[index] = not _all_exact(raw[int(index)].as_py())
    return doubtful


def _all_exact(text: str) -> bool:
    try:
        _EXACT.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _exact(text: str) -> float:
    if to_double(text) is MISFIT:
        raise ValueError(text)
    return 0.0


_EXACT = json.JSONDecoder(parse_float=_exact, parse_int=lambda _: 0)


def array_texts(raw: Strings, key: str) -> Strings:
    """The exact text of the array under a key, null where a pattern can't be sure of it.

    In valid JSON a quote after white space, a comma or a brace opens or closes a string, and what follows a closing
    quote is no letter: so where the quoted key and a colon come once in a text, that is the key. Escapes could spell
    the same key otherwise, and are left to others, as are arrays in arrays and NaN.
    """
    name = r"[{,\s]" + _escape(json.dumps(key, ensure_ascii=False)) + r"\s*:\s*"
    value = r"(?P<array>\[(?:[^\[\]\"\\]|\"(?:[^\"\\]|\\(?s:.))*\")*\])"
    found = pc.struct_field(pc.extract_regex(raw, name + value), "array")
    unsure = pc.or_(
        pc.not_equal(pc.count_substring_regex(raw, name), 1),
        pc.or_(pc.match_substring(raw, r"\u"), pc.match_substring_regex(found, _NO_NUMBER)),
    )
    texts: Strings = pc.if_else(pc.fill_null(unsure, True), NO_STRING, found)
    return texts


def _escape(text: str) -> str:
    """RE2 takes any escaped ASCII punctuation literally."""
    return "".join(f"\\{char}" if char.isascii() and not char.isalnum() and char != "_" else char for char in text)
