"""The exact bytes of texts that are not UTF-8, kept beside what was rescued of their fields."""

from __future__ import annotations

import base64
from dataclasses import replace

import pyarrow as pa

from loglake.kernels.arrow import Array, pc, to_mask
from loglake.kernels.formats.base import Parsed
from loglake.kernels.json.fit_rows import RAW_BASE64


def keep_invalid_utf8(parsed: Parsed, exact: Array) -> Parsed:
    """Adds the bytes to what was rescued; each counts as one value.

    Args:
        parsed: the events, parsed.
        exact: binary; null if the event's text is exact already.
    """
    where = to_mask(exact.is_valid())
    if not where.any():
        return parsed
    texts = [
        _added(rescued.as_py(), data.as_py())
        for rescued, data in zip(parsed.rescued.filter(pa.array(where)), exact.filter(pa.array(where)), strict=True)
    ]
    rescued = pc.replace_with_mask(parsed.rescued, pa.array(where), pa.array(texts, pa.string()))
    return replace(parsed, rescued=rescued, rescued_values=parsed.rescued_values + len(texts))


def _added(rescued: str | None, data: bytes) -> str:
    """A JSON object, which is not parsed, with one more member."""
    member = f'"{RAW_BASE64}": "{base64.b64encode(data).decode("ascii")}"'
    return f"{rescued[:-1]}, {member}}}" if rescued and rescued != "{}" else f"{{{member}}}"
