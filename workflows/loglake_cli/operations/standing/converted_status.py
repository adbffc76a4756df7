"""The status of what `loglake convert` wrote, from the journals of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loglake.core.accounting import Accounting, total
from loglake.core.ports.objects import ObjectStore
from loglake_cli.operations.lakes.converted import UNKNOWN, table_names
from loglake_cli.operations.standing.missing import Missing
from loglake_cli.operations.verify.damage import Damage
from loglake_cli.operations.verify.journals import compared
from loglake_cli.wording import command, counted

COLUMNS = ("table", "log groups", "days", "rows", "quarantined", "objects", "files", "MB")
NUMBERS = frozenset(COLUMNS[3:])


@dataclass(frozen=True)
class TableStatus:
    """One table.

    Attributes:
        log_groups: of its rows, in order.
        partitions: those with rows, in order.
        objects: how many raw objects it was made from.
        files: how many files it has, and their size in `size_bytes`.
        damaged: files and journal entries that are missing, unexpected or can't be read.
    """

    table: str
    log_groups: tuple[str, ...]
    partitions: tuple[str, ...]
    accounting: Accounting
    objects: int
    files: int
    size_bytes: int
    damaged: int

    def cells(self) -> list[str]:
        """As a line of `COLUMNS`."""
        groups = self.log_groups[0] if len(self.log_groups) == 1 else f"{len(self.log_groups):,}"
        ends = [each.split("/")[0].removeprefix("dt=") for each in (*self.partitions[:1], *self.partitions[-1:])]
        days = " to ".join(dict.fromkeys(ends))
        counts = (self.accounting.rows_out, self.accounting.quarantined, self.objects, self.files)
        return [self.table, groups, days or "-", *(f"{count:,}" for count in counts), f"{self.size_bytes / 1e6:,.2f}"]

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            **vars(self),
            "log_groups": list(self.log_groups),
            "partitions": list(self.partitions),
            "accounting": self.accounting.to_json(),
        }


def converted_status(output: ObjectStore) -> list[TableStatus]:
    """The status of each table. It lists files and reads none of them.

    Raises:
        ConfigError: an entry of a journal is damaged.
    """
    return [_status(output, table) for table in table_names(output)]


def problems(tables: Sequence[TableStatus], where: str) -> list[str]:
    """What needs a person, in sentences."""
    return [
        f"{each.table}: {counted(each.damaged, 'thing')} not as the journal says. To see what to do: "
        f"{command('verify', where, names=[each.table])}"
        for each in tables
        if each.damaged
    ]


def document(tables: Sequence[TableStatus], where: str) -> dict[str, Any]:
    """The status as one JSON-ready document."""
    return {
        "tables": [each.to_json() for each in tables],
        "problems": problems(tables, where),
        "unknown": UNKNOWN,
        "missing": Missing(unknown=UNKNOWN).to_json(),
    }


def _status(output: ObjectStore, table: str) -> TableStatus:
    record, found = compared(output, table)
    bundles = record.bundles.values()
    files = [each for bundle in bundles for each in bundle.files if each.partition]
    return TableStatus(
        table,
        tuple(sorted({bundle.log_group for bundle in bundles})),
        tuple(sorted({each.partition for each in files})),
        total(bundle.accounting for bundle in bundles),
        len({name for bundle in bundles for name in bundle.objects}),
        len(files),
        sum(each.size_bytes for each in files),
        sum(isinstance(each, Damage) for each in found),
    )
