"""The keys of files in the tables, and of what compacts them; part of the grammar in `core.keys`.

::

    lake/     tables/<table>/<partition>/<group>.<window>.g<n>.<decision>.<bundle>.parquet   as a commit writes it
              tables/<table>/<partition>/shared.<decision>.<n>.parquet            the same, of many small windows
              tables/<table>/<partition>/compacted.c<n>.<file>.parquet            as a compaction writes it
              commits/_compacted/<table>/<partition>/c<n>.begun                   a compaction is under way
              commits/_compacted/<table>/<partition>/c<n>.json                    what was decided under this number
              staging/_compacted/<table>/<partition>/c<n>/<attempt>/<file>.parquet

A slug of a log group ends with its hash, so none of ``_compacted``, ``compacted`` and ``shared`` can be a slug. A file
whose name begins with ``_`` would be hidden from Athena.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from loglake.core.keys import COMMITS, DECISION_NAME, STAGING, TABLES, window_in
from loglake.core.windows import Window

_FOLDER = "_compacted/"
_PARTITION = r"dt=[^/]+(?:/hour=[^/]+)?"
_PLACE = rf"(?P<table>[^/]+)/(?P<partition>{_PARTITION})/"
_FILE = re.compile(
    rf"{TABLES}{_PLACE}(?P<slug>[^/.]+)\.(?P<window>[^/.]+)\.g(?P<generation>\d+)\.(?:(?P<decision>{DECISION_NAME})\.)?"
    r"(?P<bundle>\d+)(?:\.\d+)?\.parquet"
)
_SHARED = re.compile(rf"{TABLES}{_PLACE}shared\.(?P<decision>{DECISION_NAME})\.\d+\.parquet")
_COMPACTED = re.compile(rf"{TABLES}{_PLACE}compacted\.c(?P<number>\d{{6}})\.(?P<file>\d{{4}})\.parquet")
_IN_TABLE = re.compile(rf"{TABLES}{_PLACE}[^/]+")
_STAGED = re.compile(rf"{STAGING}{_FOLDER}{_PLACE}c(?P<number>\d{{6}})/.+")
_LOG = re.compile(rf"{COMMITS}{_FOLDER}{_PLACE}c(?P<number>\d{{6}})\.(?P<kind>begun|json)")


@dataclass(frozen=True, order=True)
class Place:
    """A partition folder of a table: the unit of compaction."""

    table: str
    partition: str

    @property
    def prefix(self) -> str:
        """Where its files are."""
        return f"{TABLES}{self.table}/{self.partition}/"

    @property
    def log_prefix(self) -> str:
        """Where its decisions are."""
        return f"{COMMITS}{_FOLDER}{self.table}/{self.partition}/c"

    @property
    def staging_prefix(self) -> str:
        """Where merged files for it are staged, by all runs."""
        return f"{staging_of(self.table)}{self.partition}/"

    def decision(self, number: int) -> str:
        """What was decided under a number."""
        return f"{self.log_prefix}{number:06d}.json"

    def reservation(self, number: int) -> str:
        """The reservation: a run is about to decide under a number."""
        return f"{self.log_prefix}{number:06d}.begun"

    def file(self, number: int, file: int) -> str:
        """A compacted file's final key."""
        return f"{self.prefix}compacted.c{number:06d}.{file:04d}.parquet"

    def staged(self, number: int, attempt: str, file: int) -> str:
        """Where one attempt stages it."""
        return f"{self.staging_prefix}c{number:06d}/{attempt}/{file:04d}.parquet"


@dataclass(frozen=True)
class TableFile:
    """What the key of a window's file says."""

    place: Place
    slug: str
    window: Window
    generation: int
    bundle: int
    decision: str = ""


@dataclass(frozen=True)
class LogKey:
    """What the key of an object in a compaction log says. `decided`: it is a decision, not a reservation."""

    place: Place
    number: int
    decided: bool


def parse_table_file(key: str) -> TableFile | None:
    """Reads the key of a window's file in a table; None for anything else."""
    match = _FILE.fullmatch(key)
    window = window_in(match)
    if match is None or window is None:
        return None
    return TableFile(
        _place(match), match["slug"], window, int(match["generation"]), int(match["bundle"]), match["decision"] or ""
    )


def is_compacted(key: str) -> bool:
    """Whether a compaction wrote a file."""
    return _COMPACTED.fullmatch(key) is not None


def decision_of_shared(key: str) -> str:
    """The name of the decision that a file is of, if windows share it; empty for any other key."""
    match = _SHARED.fullmatch(key)
    return match["decision"] if match else ""


def place_of(key: str) -> Place | None:
    """The partition that a file of a table is in; None for any other key."""
    match = _IN_TABLE.fullmatch(key)
    return _place(match) if match else None


def parse_log_key(key: str) -> LogKey | None:
    """Reads the key of a reservation or a decision; None for anything else."""
    match = _LOG.fullmatch(key)
    return LogKey(_place(match), int(match["number"]), match["kind"] == "json") if match else None


def staging_of(table: str) -> str:
    """Where the merged files of all partitions of a table are staged."""
    return f"{STAGING}{_FOLDER}{table}/"


def staged_at(key: str) -> tuple[Place, int] | None:
    """The partition and the number that a staged file is for; None for any other key."""
    match = _STAGED.fullmatch(key)
    return (_place(match), int(match["number"])) if match else None


def _place(match: re.Match[str]) -> Place:
    return Place(match["table"], match["partition"])
