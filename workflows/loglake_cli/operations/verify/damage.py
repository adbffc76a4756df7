"""The kinds of damage, each with its text and the command that repairs it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from loglake.core.units import format_instant
from loglake.core.windows import WindowName
from loglake_cli.wording import command


class Repair(Enum):
    """The remedies, in the order in which they come. Nothing is removed before the others had their turn."""

    RESTORE = "write it again from what is there"
    CONVERT = "convert the windows again from their raw objects"
    CATALOG = "correct the catalog, and crawl"
    HAND = "a person has to look"
    REMOVE = "move it out of the table"


class Kind(Enum):
    """A kind of damage: its name in JSON, and its remedy."""

    FILE_GONE = ("file-gone", Repair.CONVERT)
    FILE_SIZE = ("file-size", Repair.CONVERT)
    FILE_UNREADABLE = ("file-unreadable", Repair.CONVERT)
    FILE_ROWS = ("file-rows", Repair.CONVERT)
    FILE_BYTES = ("file-bytes", Repair.CONVERT)
    FILE_STALE = ("file-stale", Repair.CONVERT)  # a compacted file has rows that no decision names any more
    FILE_TWICE = ("file-twice", Repair.REMOVE)  # its rows are in a compacted file too
    FILE_UNNAMED = ("file-unnamed", Repair.REMOVE)
    STAGING_LEFT = ("staging-left", Repair.REMOVE)
    DECISION_GONE = ("decision-gone", Repair.RESTORE)
    DECISION_UNREADABLE = ("decision-unreadable", Repair.RESTORE)
    DECISION_OTHER = ("decision-other", Repair.RESTORE)
    LIST_GONE = ("object-list-gone", Repair.RESTORE)
    LIST_OTHER = ("object-list-other", Repair.RESTORE)
    ROW_GONE = ("ledger-row-gone", Repair.RESTORE)
    WINDOW_GONE = ("window-gone", Repair.RESTORE)  # its decision and its row; its files are left
    ITEM_UNREADABLE = ("item-unreadable", Repair.HAND)
    TABLE_GONE = ("catalog-table-gone", Repair.CATALOG)
    TABLE_LOCATION = ("catalog-table-location", Repair.CATALOG)
    COLUMNS_GONE = ("catalog-columns-gone", Repair.CATALOG)
    COLUMN_TYPES = ("catalog-column-types", Repair.CATALOG)
    PARTITIONS_GONE = ("catalog-partitions-gone", Repair.CATALOG)
    PARTITION_LOCATION = ("catalog-partition-location", Repair.CATALOG)
    PARTITION_TYPES = ("catalog-partition-types", Repair.CATALOG)
    PARTITION_FOREIGN = ("catalog-partition-foreign", Repair.CATALOG)
    TABLE_TWICE = ("catalog-table-twice", Repair.HAND)
    SCHEMA_GONE = ("schema-version-gone", Repair.HAND)

    def __init__(self, label: str, repair: Repair) -> None:
        self.label = label
        self.repair = repair


@dataclass(frozen=True)
class Damage:
    """One damaged thing.

    Attributes:
        key: of the object; for the catalog, the name of the table or ``table/partition``.
        what: the damage, in words that follow the key.
        table: its table; empty if it has none.
        windows: the windows concerned.
        failed: these windows FAILED before their commit was done; a retry repairs it.
        deep: only reading every byte finds it.
    """

    kind: Kind
    key: str
    what: str
    table: str = ""
    windows: tuple[WindowName, ...] = ()
    failed: bool = field(default=False, compare=False)
    deep: bool = field(default=False, compare=False)

    def fix(self, where: str) -> str:
        """The command that repairs it, or what a person has to do.

        Args:
            where: the options that name the deployment; may be empty.
        """
        if self.kind is Kind.TABLE_TWICE:
            # DROP TABLE of Athena deletes the files, too, if it is an Iceberg table.
            delete = f"aws glue delete-table --database-name DATABASE --name {shlex.quote(self.key)}"
            return f"delete its entry in the catalog, unless somebody needs it: {delete}"
        if self.kind is Kind.SCHEMA_GONE:
            return "put it back from a backup of the ledger, such as its point-in-time recovery"
        if self.kind.repair is Repair.HAND:
            return "put it back as it was; if a newer loglake wrote it, deploy that one"
        table = f"--table {shlex.quote(self.table)}" if self.table else ""
        if self.failed:
            return command("rerun", table, where)
        flags = "--deep" if self.deep else "", "--remove-unnamed" if self.kind.repair is Repair.REMOVE else ""
        return command("rerun --damaged", *flags, table, where)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict, without what repairs it."""
        return {
            "kind": self.kind.label,
            "key": self.key,
            "what": self.what,
            "table": self.table or None,
            "windows": [
                {"log_group": group, "from": format_instant(window.from_ms), "to": format_instant(window.to_ms)}
                for group, window in self.windows
            ],
        }


def named_windows(windows: Sequence[WindowName]) -> str:
    """The windows in words: the first one, and how many more."""
    group, window = windows[0]
    more = f" and {len(windows) - 1:,} more windows" if len(windows) > 1 else ""
    return f"{group} {window}{more}"


@dataclass(frozen=True)
class Verification:
    """What was checked, and what is wrong.

    Attributes:
        damage: in the order of keys.
        windows: windows that have a version in the table.
        files: files that decisions name and that exist with their size.
        size_bytes: of these.
        undigested: how many of these have no recorded checksum, because an older version wrote them.
        deep: whether all bytes were read.
    """

    damage: tuple[Damage, ...]
    windows: int
    files: int
    size_bytes: int
    undigested: int
    deep: bool
