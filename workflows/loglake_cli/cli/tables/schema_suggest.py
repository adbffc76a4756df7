"""``loglake schema suggest``: which columns and types a table's rescued values ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loglake.aws.system_clock import SystemClock
from loglake.core.units import day_of
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import evidence_of
from loglake_cli.cli.shared.lakes import LedgerLake, lake_of
from loglake_cli.cli.shared.options import Json, Table
from loglake_cli.cli.tables.query import MaxCost
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.lakes.query import query_here
from loglake_cli.operations.tables.table_schemas import schemas_in
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loglake.kernels.refit import Refit
    from loglake_cli.operations.tables.suggest import Suggestions

_SHOWN = 60
"""Characters of an example."""


def show_suggestions(
    table: Table,
    *,
    days: Annotated[
        int, typer.Option(help="How many of the table's newest days are read.", metavar="NUMBER", min=1)
    ] = 7,
    lake: LedgerLake = None,
    max_cost: MaxCost = 1.0,
    as_json: Json = False,
) -> None:
    """Propose columns and types for what is in _rescued, with the commands that set them.

    A proposed type is the narrowest one that at least 99.9 % of a field's rescued values fit, and all of its column.
    Over a deployment the query runs in Athena, which bills what it scans.

    Exit status: 0 it is answered, 2 bad usage, 3 it would cost too much.
    """
    from loglake_cli.operations.tables.suggest import suggest, why_no_rows  # noqa: PLC0415  (the kernels)

    asked = lake_of(lake, "schema suggest")
    evidence = evidence_of(asked)
    schemas = schemas_in(evidence, table)
    rows = list(evidence.ledger.all_rows(table))

    def ask(statement: str) -> Sequence[Sequence[Any]]:
        if asked.kind is Kind.DEPLOYED:
            from loglake_cli.cli.shared.athena import in_athena  # noqa: PLC0415  (sqlglot)

            output, _ = in_athena(asked.place, statement, reuse_minutes=0, max_cost=max_cost, rows=None)
            return output.rows
        return query_here(asked, statement).rows

    today, where = day_of(SystemClock().now_ms()), asked.option
    found = suggest(schemas.latest, rows, days, ask, today=today, where=where)
    if found is None:
        raise ConfigError(why_no_rows(table, rows, where=where))
    if as_json:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        _print(found)
        if found.violations:
            print(f"\nEvents that break the schema setting may be in quarantine: see {found.violations}")


def _print(found: Suggestions) -> None:
    if not found.rows:
        print(f"{found.table}: no row since {found.since} has a rescued value")
        return
    least = "at least " if found.more else ""
    print(f"{found.table}: {least}{counted(found.rows, 'row')} since {found.since} with rescued values")
    rows = [_cells(each) for each in found.fields]
    if rows:
        print_table(
            ("field", "rows", "column", "is", "fits", "left", "example"),
            rows,
            output.console(),
            right={"rows", "left"},
            spare=("left", "example"),
        )
    each = [found.command_of([field]) for field in found.fields if field.type]
    if len(each) > 1:
        print("\nTo set one of them:", *each, sep="\n  ")
    if found.command:
        print(f"\nTo set {'all of them' if len(each) > 1 else 'it'}:", found.command, sep="\n  ")
    for name, keys in found.objects.items():
        print(
            f"\n{name} is an object with {keys:,} different keys: too many for columns. It becomes one column of JSON "
            "text when a batch shows so many, unless the table has columns for some of them."
        )
    if found.unread:
        print(f"\nLeft out, since _rescued can't be read as a JSON object: {counted(found.unread, 'row')}.")
    if any(field.type is None for field in found.fields):
        print("\nNo type holds the values of a field without one, such as several values of one event.")


def _cells(each: Refit) -> list[str]:
    column, has = (each.column.name, each.column.type.value) if each.column else ("none", "-")
    example = each.example if len(each.example) <= _SHOWN else f"{each.example[:_SHOWN]}..."
    kind = each.type.value if each.type else "-"
    return [each.name, f"{each.events:,}", column, has, kind, f"{each.left:,}", example]
