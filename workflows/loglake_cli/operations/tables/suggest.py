"""Which types and columns a table's rescued values ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglake.core.ledger.row import LedgerRow
from loglake.core.schema.schema import FieldPath, TableSchema
from loglake.core.schema.set_types import field_name, field_names
from loglake.core.units import MS_PER_DAY, day_of, parse_instant
from loglake.kernels.refit import Refit, Rescued, crowded_objects, fields_of, refit
from loglake_cli.wording import command

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
        unread: how many of them have a ``_rescued`` that is no JSON object, such as one that was masked.
        quarantined: whether events that break its schema setting may be in quarantine, where they are not looked at.
        fields: the most rows first.
        objects: those with too many keys for columns, by their names in ``_rescued``, and how many keys are rescued.
        names: how ``schema set`` takes the fields without a column.
        where: the options that name the deployment.
    """

    table: str
    since: str
    rows: int
    more: bool
    unread: int
    quarantined: bool
    fields: Sequence[Refit]
    objects: Mapping[str, int]
    names: Mapping[FieldPath, str]
    where: str

    @property
    def command(self) -> str:
        """The command that sets all of them; empty if there is nothing to set."""
        return self.command_of(self.fields)

    def command_of(self, fields: Iterable[Refit]) -> str:
        """The command that sets the types of some fields; empty if none has one."""
        known = [(each, each.type) for each in fields if each.type]
        if not known:
            return ""
        add = "--add" if any(each.column is None for each, _ in known) else ""
        types = [f"{each.column.name if each.column else self.names[each.path]}={kind.value}" for each, kind in known]
        return command("schema set", add, self.where, names=[self.table, *types])

    @property
    def violations(self) -> str:
        """The command that shows why events are in quarantine; empty if none broke the schema setting."""
        return command("schema violations", self.where, names=[self.table]) if self.quarantined else ""

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        return {
            "table": self.table,
            "since": self.since,
            "rows": self.rows,
            "more": self.more,
            "unread": self.unread,
            "violations": self.violations or None,
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
            "objects": dict(self.objects),
            "command": self.command or None,
        }


def why_no_rows(table: str, windows: Iterable[LedgerRow], *, where: str) -> str:
    """Why a table has no rows to look at, and what to do, in a sentence.

    Args:
        table: the table.
        windows: of the ledger.
        where: the options that name the deployment, such as ``--lake aws:loglake``.
    """
    counts = [row.live.accounting for row in windows if row.table == table and row.live]
    if any(each.violations for each in counts):
        see = command("schema violations", where, names=[table])
        return f"{table} has no rows, because its events broke the schema setting of their dataset: see {see}"
    if any(each.quarantined for each in counts):
        return f"{table} has no rows, because its events are in quarantine: see {command('quarantine', where)}"
    return f"{table} has no rows yet: see {command('status', where)}"


def suggest(
    schema: TableSchema, windows: Iterable[LedgerRow], days: int, ask: Ask, *, today: str, where: str
) -> Suggestions | None:
    """Proposes types for what is rescued in the newest days of a table; None if the table has no rows.

    Reads ``_rescued`` and the texts of these days' partitions, and holds up to `MOST` rows of the answer in memory. A
    day in the future, which an event with a wrong time makes, is read too, but is not the newest one.

    Args:
        schema: the table's latest.
        windows: of the ledger.
        days: how many of the newest days.
        ask: answers a query.
        today: the day, as in ``dt``.
        where: the options that name the deployment, such as ``--lake aws:loglake``.
    """
    live = [row.live for row in windows if row.table == schema.table and row.live]
    dates = {each.split("/")[0].partition("=")[2] for version in live for each in version.partitions}
    if not dates:
        return None
    newest = parse_instant(max((date for date in dates if date <= today), default=min(dates)))
    since = day_of(max(0, newest - (days - 1) * MS_PER_DAY))
    answer = ask(
        f'SELECT min(coalesce("raw", "message")), "_rescued", count(*) FROM "{schema.table}" '
        f'WHERE "dt" >= \'{since}\' AND "_rescued" IS NOT NULL '
        f'GROUP BY "_rescued" ORDER BY 3 DESC, 2 LIMIT {MOST}'
    )
    found = [Rescued(str(raw), str(values), int(count)) for raw, values, count in answer]
    fields = refit(found, schema)
    return Suggestions(
        table=schema.table,
        since=since,
        rows=sum(each.events for each in found),
        more=len(found) == MOST,
        unread=sum(each.events for each in found if fields_of(each.values) is None),
        quarantined=any(each.accounting.violations and each.accounting.quarantined for each in live),
        fields=fields,
        objects=crowded_objects(found),
        names=field_names(schema, {each.path: each.type for each in fields if each.type and not each.column}),
        where=where,
    )
