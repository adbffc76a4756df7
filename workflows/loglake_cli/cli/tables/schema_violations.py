"""``loglake schema violations``: which values broke a table's schema setting, and where they are."""

from __future__ import annotations

import typer

from loglake.core.ledger.row import all_readable
from loglake.core.schema.contract import Mode, Violation, unmatched_note
from loglake.core.schema.schema import TableSchema
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import evidence_of
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, Table, print_json
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.operations.tables.violations import WindowViolations, unmatched, violations
from loglake_cli.wording import counted


def show_violations(table: Table, *, lake: LakeText = None, as_json: Json = False) -> None:
    """Show which values broke the `schema` setting of a table's dataset, and where they are.

    Each window shows the first value of up to 20 fields, or only where it is if the dataset has a `transform`. Names in
    the setting that match no column are noted, too.

    Exit status: 0 there is none, 1 there is one, 2 bad usage.
    """
    evidence = evidence_of(lake_of(lake, "schema violations"))
    rows = [row for row in all_readable(evidence.ledger.all_rows()) if row.table == table]
    if not rows:
        raise ConfigError(f"there is no table {table} in the ledger: nothing was converted into it yet")
    found, history = violations(rows, evidence.lake), evidence.ledger.history(table)
    schema = history[-1] if history else TableSchema(table)
    names = unmatched(rows, evidence.lake, schema)
    if as_json:
        print_json({"table": table, "windows": [each.to_json() for each in found], "unmatched": names})
    else:
        _print(table, found)
        columns = [column.name for column in schema.columns]
        for name in names:
            print(f"Note: {unmatched_note(name, table, columns)}")
    raise typer.Exit(1 if found else 0)


def _print(table: str, found: list[WindowViolations]) -> None:
    if not found:
        print(f"{table}: no value broke the schema setting of the dataset")
        return
    count = counted(sum(each.count for each in found), "value")
    print(f"{table}: {count} broke the schema setting of the dataset, in {counted(len(found), 'window')}")
    print_table(
        ("window", "field", "column", "events", "are in", "first value"),
        [_cells(each, field) for each in found for field in each.fields],
        output.console(),
        right={"events"},
    )
    shown = sum(field.events for each in found for field in each.fields)
    total = sum(each.count for each in found)
    if shown < total:
        print(f"{counted(total - shown, 'more value')} of other fields")


def _cells(window: WindowViolations, field: Violation) -> list[str]:
    where = "quarantine" if field.mode is Mode.DISCARD_ROW else "the table"
    place = f"{field.source}:{field.line}"
    first = f"{field.value} in {place}" if field.value else place
    name = f"{window.row.log_group} {window.row.window}"
    return [name, field.field, field.type or "none", f"{field.events:,}", where, first]
