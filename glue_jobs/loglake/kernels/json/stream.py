"""Cuts bytes into JSON documents that follow each other, with or without white space between them.

It works in two steps. `read_runs` finds the boundaries between documents by a pattern alone, so that a fast and strict
reader can take whole runs. `read_items` reads a run document by document, and yields what is no document as garbage.

The pattern is a closing brace, an opening brace, and a quote before a letter. No valid JSON document contains it:
between values JSON needs a comma, and in a string the quote would end the string, and no letter can follow that.

The way the chunks are cut changes nothing. Peak memory: a few times `BLOCK_BYTES`. If a stretch is long: a few times
`MAX_DOCUMENT_BYTES`, or 25 times if Arrow refuses the stretch and it holds only empty objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from loglake.kernels.blocks import BlocksUntilTruncated
from loglake.kernels.json import spans

BLOCK_BYTES = 4 * 1024 * 1024
MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""A subscription's payload has at most 1 MB before it is decompressed, and Lambda takes events of at most 6 MB."""

NOT_JSON = f"no JSON document of at most {MAX_DOCUMENT_BYTES >> 20} MiB"

_BOUNDARY = re.compile(rb'\}[ \t\r\n]{0,64}(?=\{[ \t\r\n]{0,64}"[A-Za-z])')
_BOUNDARY_BYTES = 1 + 64 + 1 + 64 + 2
_white = re.compile(rb"(?:[ \t\r\n]|\xef\xbb\xbf)*").match  # a byte order mark is no content either

_EFFORT = 4
"""How often the bytes of a stretch are looked at in search of documents, before the rest of it is given up."""


@dataclass(frozen=True)
class Run:
    """Stretches of bytes. In a sound object, each stretch is one document.

    Attributes:
        offset: the run's offset in the object.
        data: the run's bytes.
        starts: the start of each stretch in the data. No stretch is longer than `MAX_DOCUMENT_BYTES`.
        problem: what is wrong with the object after these bytes, empty if nothing is.
    """

    offset: int
    data: bytes
    starts: list[int]
    problem: str = ""


@dataclass(frozen=True)
class Document:
    """A JSON document.

    Attributes:
        offset: of its first byte in the object.
        data: its exact bytes.
        value: its content, as `json.loads` returns it. If the bytes are not UTF-8, each bad byte is a lone surrogate
            (PEP 383).
        is_utf8: whether the bytes are UTF-8.
    """

    offset: int
    data: bytes
    value: Any
    is_utf8: bool


@dataclass(frozen=True)
class Garbage:
    """A stretch that is no document.

    Attributes:
        offset: of its first byte in the object.
        data: its exact bytes.
        reason: why it is none.
        is_truncated: whether the object itself ends here without being whole.
    """

    offset: int
    data: bytes
    reason: str
    is_truncated: bool = False


def read_runs(chunks: Iterable[bytes], block_bytes: int = BLOCK_BYTES) -> Iterator[Run]:
    """Cuts the bytes between documents. If the chunks end in damage, the last run has `Run.problem`.

    Args:
        chunks: decompressed bytes in order, of any sizes.
        block_bytes: the size of one step. The runs depend on it, the stretches don't.
    """
    tail, offset = b"", 0
    whole = BlocksUntilTruncated(chunks, block_bytes)
    for block in whole:
        data = tail + block
        starts = _starts(data, len(tail), len(data) - _BOUNDARY_BYTES)
        tail = data[starts[-1] :]
        if len(starts) > 1:
            yield Run(offset, data[: starts[-1]], starts[:-1])
            offset += starts[-1]
    if tail or whole.problem:
        yield Run(offset, tail, _starts(tail, len(tail), len(tail)), whole.problem)


def _starts(data: bytes, seen: int, end: int) -> list[int]:
    """The starts of stretches: each boundary, and a cut if a stretch is too long. The last stretch may lack its end.

    Args:
        data: the bytes from the start of a stretch.
        seen: how many bytes an earlier step searched without finding a boundary.
        end: a position; all boundaries before it are complete.
    """
    found = [match.end() for match in _BOUNDARY.finditer(data, max(0, seen - _BOUNDARY_BYTES))]
    bounds = [0, *found]
    bounds.append(max(end, bounds[-1] + 1))
    return [start for first, last in pairwise(bounds) for start in range(first, last, MAX_DOCUMENT_BYTES)]


def read_items(run: Run, beginning: re.Pattern[bytes]) -> Iterator[Document | Garbage]:
    """Documents and the garbage between them, in order; white space between them is dropped.

    Args:
        run: the bytes.
        beginning: how documents begin. After a broken document, the search goes on at the next match.
    """
    last: Document | Garbage | None = None
    for start, end in pairwise([*run.starts, len(run.data)]):
        for item in _stretch(run.data[start:end], run.offset + start, beginning):
            if last:
                yield last
            last = item
    if run.problem and isinstance(last, Garbage):
        last = replace(last, reason=run.problem, is_truncated=True)
    elif run.problem:
        if last:
            yield last
        last = Garbage(run.offset + len(run.data), b"", run.problem, True)
    if last:
        yield last


def _stretch(data: bytes, offset: int, beginning: re.Pattern[bytes]) -> Iterator[Document | Garbage]:
    """The stretch's document; if it is not exactly one, the documents and the garbage in it."""
    start, end = _skip_white(data, 0), len(data.rstrip(b" \t\r\n"))
    if start >= end:
        return
    document = _document(data[start:end], offset + start)
    if document:
        yield document
    else:
        yield from _search(data, offset, beginning)


def _search(data: bytes, offset: int, beginning: re.Pattern[bytes]) -> Iterator[Document | Garbage]:
    """Documents with garbage before, between, after them."""
    text = data.decode("latin-1")
    at, effort = _skip_white(data, 0), _EFFORT * len(data)
    while at < len(data):
        end, cost = _object_end(text, at) if effort > 0 else (None, 0)
        document = _document(data[at:end], offset + at) if end else None
        effort -= cost
        if document is None:
            following = beginning.search(data, at + 1) if effort > 0 else None
            end = following.start() if following else len(data)
        yield document or Garbage(offset + at, data[at:end], NOT_JSON)
        at = _skip_white(data, end or len(data))


def _object_end(text: str, at: int) -> tuple[int | None, int]:
    """The end of the object at `at`, or None if no whole one starts there; and how many bytes were read in vain.

    Python's error counts the lines before it. That is fast, but adds up.
    """
    if text[at] != "{":
        return None, 0
    try:
        return spans.value_end(text, at), 0
    except json.JSONDecodeError as error:
        return None, error.pos - at + error.pos // 16
    except RecursionError:
        return None, len(text) - at


def _document(data: bytes, offset: int) -> Document | None:
    try:
        text, is_utf8 = data.decode("utf-8"), True
    except UnicodeDecodeError:
        text, is_utf8 = data.decode("utf-8", "surrogateescape"), False
    try:
        return Document(offset, data, _value(text), is_utf8)
    except (json.JSONDecodeError, RecursionError):
        return None


def _value(text: str) -> Any:
    try:
        return _decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of more than 4,300 digits
        return _decode_long(text)


_decode = json.JSONDecoder().decode
_decode_long = json.JSONDecoder(parse_int=lambda digits: int(digits) if len(digits) < 4_300 else digits).decode


def _skip_white(data: bytes, at: int) -> int:
    match = _white(data, at)
    return match.end() if match else at
