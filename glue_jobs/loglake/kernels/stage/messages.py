"""The tasks of workers. Pickle sends them, and their answers back: both ends have the same version of loglake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Callable

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import TablePlan

OpenStore = Callable[[str], "ObjectStore"]
"""Opens a bucket by its name. It is pickled, and called in the workers."""


class Kind(str, Enum):
    """What a task does."""

    SCAN = "scan"
    SAMPLE = "sample"
    CONVERT = "convert"
    MERGE = "merge"


@dataclass(frozen=True)
class Task:
    """A task of one worker.

    Attributes:
        kind: what it does.
        item: raw objects to scan; a bundle to sample; a bundle to convert, with its plan; or files to merge.
        parts: how many processes make the rows of its bundle.
        redacts: see `loglake.kernels.scan.scan_object`.
    """

    kind: Kind
    item: Any
    parts: int = 1
    redacts: bool = False


def largest_first(work: Sequence[tuple[Bundle, TablePlan]]) -> list[tuple[Bundle, TablePlan]]:
    """Bundles in the order to start them, the largest first, so that none ends long after the others."""
    return sorted(work, key=lambda item: -sum(raw.size_bytes for raw in item[0].objects))
