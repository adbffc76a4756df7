"""Moves files out of the tables, from where a person can bring them back until they expire."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from loglake.core.keys import REMOVED
from loglake.core.ports.objects import ObjectStore
from loglake.core.units import EpochMs, from_ms
from loglake.errors import NotFoundError
from loglake.kernels.parquet.footer import read_footer
from loglake_cli.wording import counted

_LONGEST_KEY = 1024
"""Bytes of an S3 key."""


@dataclass(frozen=True)
class Removal:
    """A file that leaves the tables; `rows` is None if that can't be read."""

    key: str
    rows: int | None

    def __str__(self) -> str:
        return self.key if self.rows is None else f"{self.key} ({counted(self.rows, 'row')})"


def removals(lake: ObjectStore, keys: Iterable[str]) -> Iterator[Removal]:
    """Files to be removed, without those that are gone."""
    for key in keys:
        size_bytes = next((item.size_bytes for item in lake.list(key) if item.key == key), None)
        if size_bytes is not None:
            metadata = read_footer(partial(lake.read_part, key), size_bytes)
            yield Removal(key, metadata.num_rows if metadata else None)


def put_aside(lake: ObjectStore, keys: Iterable[str], now_ms: EpochMs, *, delete: bool = True) -> None:
    """Moves files below `REMOVED`, one after the other: after a crash each is in its place, or there, or both.

    Each time has a folder of its own, because a copy does not replace an earlier one. Without `delete` it only copies.
    """
    folder = f"{REMOVED}{from_ms(now_ms):%Y%m%dT%H%M%S%fZ}/"
    for key in keys:
        target = folder + key
        if len(target.encode()) > _LONGEST_KEY:
            target = folder + hashlib.sha256(key.encode()).hexdigest()
        with suppress(NotFoundError):  # another repair was faster
            lake.copy(key, target)
            if delete:
                lake.delete([key])
