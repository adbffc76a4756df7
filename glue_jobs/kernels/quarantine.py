"""What can't be decoded, one JSON object per line: reason, where it is, and its bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

from glue_jobs.kernels.raw_objects import Damage


class QuarantineWriter:
    """Writes entries to a file that is made with the first of them.

    An entry has ``reason``, ``source`` (raw object key), ``line`` (1-based) and ``offset`` (bytes, in the decompressed
    object) of its start, and its bytes as ``text``, or as ``base64`` where they are not UTF-8.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries = 0

    def write(self, damage: Damage) -> None:
        """Adds an entry."""
        with open(self.path, "ab") as out:
            out.write(json.dumps(_entry(damage), ensure_ascii=False).encode("utf-8") + b"\n")
        self.entries += 1


def _entry(damage: Damage) -> dict[str, Any]:
    fragment = damage.fragment
    where = {
        "reason": fragment.reason,
        "source": damage.source,
        "line": fragment.line,
        "offset": fragment.offset,
    }
    try:
        return {**where, "text": fragment.data.decode("utf-8")}
    except UnicodeDecodeError:
        return {**where, "base64": base64.b64encode(fragment.data).decode("ascii")}
