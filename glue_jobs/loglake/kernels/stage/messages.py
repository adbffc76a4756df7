"""The tasks of workers. Pickle sends them, and their answers back: both ends have the same version of loglake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Callable

from loglake.core.ports.objects import ObjectStore
from loglake.core.schema.bundle import Bundle
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.sharing import BundleGroup, groups_of

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
        item: raw objects to scan; a bundle to sample; bundles to convert, as a `BundleGroup`; or files to merge.
        parts: how many processes make the rows of its one bundle.
        redacts: see `loglake.kernels.scan.scan_object`.
    """

    kind: Kind
    item: Any
    parts: int = 1
    redacts: bool = False


def largest_first(work: Sequence[tuple[Bundle, TablePlan]]) -> list[BundleGroup]:
    """Bundles in groups, in the order to start them, the largest first, so that none ends long after the others."""
    return sorted(groups_of(work), key=lambda group: -group.size_bytes)
