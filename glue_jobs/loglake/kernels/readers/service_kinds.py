"""The services that deliver lines to S3: where a line has its time, and which lines are headers with field names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable

import pyarrow as pa

from loglake.kernels.arrow import Array, choose, coalesce, nulls, pc, to_mask
from loglake.kernels.formats.definitions import library
from loglake.kernels.formats.lines import is_order
from loglake.kernels.json.spans import members, skip_white
from loglake.kernels.readers.event_times import (
    BRACKETED,
    CLOCK,
    DAY,
    EPOCH,
    ISO,
    bracketed_times,
    epoch_times,
    field_pattern,
    iso_times,
)

Fields = tuple[str, ...]

Times = Callable[[Array], Array]
"""From lines, binary, to int64 ms since the epoch, null if a line has no time."""


_FLOW: Fields = library()["vpc_flow"].first_order
"""What a flow log's line has, and later versions' fields after that perhaps, where no header names its fields."""


def _no_header(_line: bytes) -> Fields | None:
    return None


@dataclass(frozen=True)
class LineKind:
    """Lines of one format.

    Attributes:
        times: how to read times from lines with these fields, in this order; None if no field is a time.
        fields: the fields of a line if no header names them.
        maybe_header: RE2 that matches all headers and hardly any other line; empty if there are no headers.
        header: the fields that a header names, empty if it names none; None if a line is not a header.
    """

    times: Callable[[Fields], Times | None]
    fields: Fields = ()
    maybe_header: str = ""
    header: Callable[[bytes], Fields | None] = _no_header


def _at(read: Callable[[Array, str], Array], shape: str, *order: str) -> LineKind:
    """Lines of these fields; the last field is a time of this shape."""
    pattern = field_pattern(order, {order[-1]: shape})
    return LineKind(lambda _: lambda lines: read(lines, pattern))


def _cloudfront_times(order: Fields) -> Times | None:
    if not {"date", "time"} <= set(order):
        return None
    return partial(iso_times, pattern=field_pattern(order, {"date": DAY, "time": CLOCK}, r"\t"))


def _cloudfront_header(line: bytes) -> Fields | None:
    name, _, rest = line.decode("latin-1").partition(":")
    return {"#Version": (), "#Fields": tuple(rest.split())}.get(name)


def _vpc_times(order: Fields) -> Times | None:
    """``start`` in seconds, or ``end`` if there is no ``start``."""
    patterns = [field_pattern(order, {name: EPOCH}) for name in ("start", "end") if name in order]
    return partial(_flow_times, count=len(order), patterns=patterns) if patterns else None


def _flow_times(lines: Array, count: int, patterns: Sequence[str]) -> Array:
    """The times of lines with the expected number of fields only: in other lines any number might look like a time."""
    times = nulls(len(lines), pa.int64())
    for pattern in patterns:
        times = coalesce(times, epoch_times(lines, pattern, 1000)) if times.null_count else times
    spaces = pc.count_substring(lines, " ")
    is_record = pc.equal(spaces, count - 1) if count != len(_FLOW) else pc.greater_equal(spaces, count - 1)
    return choose(is_record, times, pa.scalar(None, pa.int64()))


def _vpc_header(line: bytes) -> Fields | None:
    names = tuple(line.decode("latin-1").split())
    return names if len(names) > 1 and is_order(names, library()["vpc_flow"].order()) else None


def _member_times(lines: Array, sure: str, key: str, read: Callable[[Array, str], Array], shape: str) -> Array:
    """Times from a member of JSON objects: by a pattern at AWS's usual position, else by a search for the member."""
    times = read(lines, sure)
    odd = to_mask(times.is_null())
    if not odd.any():
        return times
    where = pa.array(odd)
    rest: list[Any] = lines.filter(where).to_pylist()
    values = pa.array([_value_text(line, key) for line in rest], pa.string())
    return pc.replace_with_mask(times, where, read(values, f"^{shape}$"))


_VALUE = re.compile(r'"([^"\\]*)"|(\d+)(?=\s*[,}])')


def _value_text(line: bytes, key: str) -> str | None:
    """The text of a member of a JSON object, a number's or a string's; None if there is none."""
    text = line.decode("latin-1")
    at = next((at for name, at in members(text, skip_white(text, 0)) if name == key), None)
    match = None if at is None else _VALUE.match(text, at)
    return match[1] or match[2] if match else None


def _json(key: str, before: str, quote: str, shape: str, read: Callable[[Array, str], Array]) -> LineKind:
    sure = rf'^\s*\{{\s*{before}"{key}"\s*:\s*{quote}{shape}{quote}\s*[,}}]'
    return LineKind(lambda _: partial(_member_times, sure=sure, key=key, read=read, shape=shape))


LINE_KINDS: Mapping[str, LineKind] = {
    "alb": _at(iso_times, ISO, "type", "time"),
    "nlb": _at(iso_times, ISO, "type", "version", "time"),
    "alb_connection": _at(iso_times, ISO, "timestamp"),
    "alb_health": _at(iso_times, ISO, "type", "time"),
    "cloudfront": LineKind(_cloudfront_times, tuple(library()["cloudfront"].order()), "^#", _cloudfront_header),
    "s3_access": _at(bracketed_times, BRACKETED, "bucket_owner", "bucket", "time"),
    "vpc_flow": LineKind(_vpc_times, _FLOW, r"^[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)+\s*$", _vpc_header),
    "waf": _json("timestamp", "", "", EPOCH, partial(epoch_times, unit_ms=1)),
    "route53_resolver": _json("query_timestamp", r'(?:"\w+"\s*:\s*"[^"\\]*"\s*,\s*)*', '"', ISO, iso_times),
}
"""The formats that are lines, by id. Their times are the fields that the formats' own pages name."""
