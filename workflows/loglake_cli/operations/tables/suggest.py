"""Which types and columns a table's rescued values ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loglake.core.schema.set_types import field_name
from loglake.core.units import MS_PER_DAY, day_of
from loglake.kernels.refit import Refit, Rescued, refit
from loglake_cli.wording import command

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow
    from loglake.core.schema.schema import TableSchema

MOST = 10_000
"""Different ``_rescued`` values that are looked at: the most frequent ones."""

Ask = Callable[[str], Sequence[Sequence[Any]]]
"""Answers a query in Athena's SQL with all its rows."""


@dataclass(frozen=True)
class Suggestions:
    """The proposals for a table.

    Attributes:
        since: the first day that was looked at.
        rows: how many of its rows since then have a rescued value; at least so many if there are `more`.
        fields: the most rows first.
        where: the options that name the deployment.
    """

    table: str
    since: str
    rows: int
    more: bool
    fields: Sequence[Refit]
    where: str

    @property
    def command(self) -> str:
        """The command that sets all of them; empty if there is nothing to set."""
        return self.command_of(self.fields)

    def command_of(self, fields: Iterable[Refit]) -> str:
        """The command that sets the types of some fields; empty if none has one."""
        known = [each for each in fields if each.type]
        if not known:
            return ""
        add = "--add" if any(each.column is None for each in known) else ""
        return command("schema set", add, self.where, names=[self.table, *map(_assignment, known)])

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "table": self.table,
            "since": self.since,
            "rows": self.rows,
            "more": self.more,
            "fields": [
                {
                    "field": field_name(each.path),
                    "column": each.column.name if each.column else None,
                    "has": each.column.type.value if each.column else None,
                    "rows": each.events,
                    "type": each.type.value if each.type else None,
                    "left": each.left,
                    "example": each.example,
                    "command": self.command_of([each]) or None,
                }
                for each in self.fields
            ],
            "command": self.command or None,
        }


def suggest(schema: TableSchema, windows: Iterable[LedgerRow], days: int, ask: Ask, where: str) -> Suggestions | None:
    """Proposes types for what is rescued in the newest days of a table; None if the table has no rows.

    Reads ``_rescued`` and ``raw`` of these days' partitions, and holds up to `MOST` rows of the answer in memory.

    Args:
        schema: the table's latest.
        windows: of the ledger.
        days: how many of the newest days.
        ask: answers a query.
        where: the options that name the deployment, such as ``--aws loglake``.
    """
    ends = [row.window.to_ms for row in windows if row.table == schema.table and row.live and row.live.partitions]
    if not ends:
        return None
    since = day_of(max(0, max(ends) - 1 - (days - 1) * MS_PER_DAY))
    answer = ask(
        f'SELECT min("raw"), "_rescued", count(*) FROM "{schema.table}" '
        f'WHERE "dt" >= \'{since}\' AND "_rescued" IS NOT NULL '
        f'GROUP BY "_rescued" ORDER BY 3 DESC, 2 LIMIT {MOST}'
    )
    found = [Rescued(str(raw), str(values), int(count)) for raw, values, count in answer]
    rows = sum(each.events for each in found)
    return Suggestions(schema.table, since, rows, len(found) == MOST, refit(found, schema), where)


def _assignment(each: Refit) -> str:
    assert each.type is not None
    return f"{each.column.name if each.column else field_name(each.path)}={each.type.value}"
