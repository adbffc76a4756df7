"""``loglake schema``: a table's types, and how to change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from loglake.core.ledger.row import LedgerRow, all_readable
from loglake.core.schema.contract import Mode, Violation, unmatched_note
from loglake.core.schema.schema import LOG_ACCOUNT, LOG_TIME, ColumnType, TableSchema
from loglake.errors import ConfigError
from loglake.pipelines.reconvert import RawCheck
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import evidence_of, opened
from loglake_cli.cli.shared.errors import end_with
from loglake_cli.cli.shared.lakes import LakeText, LedgerLake, lake_of
from loglake_cli.cli.shared.options import (
    NOTHING_CHANGED,
    DryRun,
    Json,
    LeaveMissing,
    Table,
    answer,
    check_raw,
    print_json,
)
from loglake_cli.cli.shared.verbs import Verb, Verbs
from loglake_cli.cli.tables.schema_suggest import show_suggestions
from loglake_cli.operations.lakes.converted import schemas_of
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.rerun import unfinished
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.tables.retype import plan_retyping, retype_column
from loglake_cli.operations.tables.table_schemas import TableSchemas, schemas_in
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.operations.tables.violations import WindowViolations, unmatched, violations
from loglake_cli.wording import counted, no_table


def show_violations(table: Table, *, lake: LedgerLake = None, as_json: Json = False) -> None:
    """Show which values broke the `schema` setting of a table's dataset, and where they are.

    Each window shows the first value of up to 20 fields, or only where it is if the dataset has a `transform`. Names in
    the setting that match no column are noted, too.

    Exit status: 0 there is none, 1 there is one, 2 bad usage.
    """
    evidence = evidence_of(lake_of(lake, "schema violations"))
    every = all_readable(evidence.ledger.all_rows())
    rows = [row for row in every if row.table == table]
    if not rows:
        raise no_table(table, (row.table for row in every))
    found, history = violations(rows, evidence.lake), evidence.ledger.history(table)
    schema = history[-1] if history else TableSchema(table)
    names = unmatched(rows, evidence.lake, schema)
    if as_json:
        print_json({"table": table, "windows": [each.to_json() for each in found], "unmatched": names})
    else:
        _print_violations(table, found)
        columns = [column.name for column in schema.columns]
        for name in names:
            print(f"Note: {unmatched_note(name, table, columns)}")
    raise typer.Exit(1 if found else 0)


def _print_violations(table: str, found: list[WindowViolations]) -> None:
    if not found:
        print(f"{table}: no value broke the schema setting of the dataset")
        return
    count = counted(sum(each.count for each in found), "value")
    print(f"{table}: {count} broke the schema setting of the dataset, in {counted(len(found), 'window')}")
    print_table(
        ("window", "field", "column", "events", "are in", "first value"),
        [_violation(each, field) for each in found for field in each.fields],
        output.console(),
        right={"events"},
    )
    shown = sum(field.events for each in found for field in each.fields)
    total = sum(each.count for each in found)
    if shown < total:
        print(f"{counted(total - shown, 'more value')} of other fields")


def _violation(window: WindowViolations, field: Violation) -> list[str]:
    where = "quarantine" if field.mode is Mode.DISCARD_ROW else "the table"
    place = f"{field.source}:{field.line}"
    first = f"{field.value} in {place}" if field.value else place
    name = f"{window.row.log_group} {window.row.window}"
    return [name, field.field, field.type or "none", f"{field.events:,}", where, first]


schema = typer.Typer(cls=Verbs, no_args_is_help=True, help="Show or change a table's columns and their types.")


@schema.command("show", cls=Verb)
def show(
    table: Table,
    *,
    history: Annotated[
        bool, typer.Option("--history", help="Show what each version added or retyped, instead of the columns.")
    ] = False,
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Show the columns, the path of each in an event, and where the catalog has other columns.

    Readers see the catalog. The jobs write what the registry says.

    Exit status: 0 it is shown, 1 the catalog differs from the registry.
    """
    asked = lake_of(lake, "schema show")
    schemas = _schemas(table, asked)
    latest, differences = schemas.latest, [] if asked.kind is Kind.CONVERTED else schemas.differences()
    columns = [{"column": c.name, "type": c.type.value, "path": list(c.path), "json": c.json} for c in latest.columns]
    if as_json:
        document: dict[str, Any] = {"table": table, "version": latest.version, "columns": columns}
        changes = [{"version": version, "changes": lines} for version, lines in schemas.changes()]
        print_json({**document, "differences": differences, "history": changes})
    elif history:
        for version, lines in schemas.changes():
            print("\n  ".join([f"version {version}", *lines]))
    else:
        own = counted(len(columns), "column") if columns else "no column"
        print(f"{table}, version {latest.version}: {own} of its own, beside those that every table has")
        shown = [[c.name, c.type.value + (" (JSON text)" if c.json else ""), ".".join(c.path)] for c in latest.columns]
        if shown:
            print_table(("column", "type", "path"), shown, output.console())
    end_with(differences)


@schema.command("set", cls=Verb)
def set_type(
    table: Table,
    types: Annotated[
        list[str],
        typer.Argument(
            help="Columns, as schema show names them, with boolean, bigint, double, string or timestamp.",
            metavar="COLUMN=TYPE",
        ),
    ],
    *,
    add: Annotated[bool, typer.Option("--add", help="Make columns of fields without one, such as user.id.")] = False,
    leave_missing: LeaveMissing = False,
    dry_run: DryRun = False,
    lake: LedgerLake = None,
    as_json: Json = False,
) -> None:
    """Give columns another type, also for existing rows.

    The windows of the table are converted again from their raw objects. With log_time --add, an old table has the
    event's own time from then on, and with log_account --add the account of its log group.
    A value that does not fit the new type goes to _rescued, and one that fits comes out of it. Until the run has ended,
    queries that read the column may fail; in partitions that keep windows as they are (--leave-missing) they will.

    Exit status: 0 all is converted again, or on AWS will be, 1 something is not, 2 bad usage.
    """
    asked = lake_of(lake, "schema set")
    in_aws = asked.kind is Kind.DEPLOYED
    with opened(asked) as deployment:
        retyping = plan_retyping(deployment, table, _kinds(types), add=add)
        check_raw(retyping.windows, leave_missing)
        reopened = [each.row for each in retyping.windows.whole]
        if not dry_run:
            retyping, reopened = retype_column(deployment, retyping)
    left = [] if in_aws or dry_run else unfinished(reopened, asked.folder)
    left += [f"{row.log_group} {row.window} is being converted: run this again" for row in retyping.busy]
    becomes = "would be" if dry_run else "is"
    all_of_it = ", ".join(f"{table}.{name} {becomes} {kind.value}" for name, kind in retyping.kinds.items())
    what = f"{all_of_it} from version {retyping.schema.version} on"
    _report(what, reopened, retyping.windows, left, in_aws=in_aws, dry_run=dry_run, as_json=as_json)


schema.command("suggest", cls=Verb)(show_suggestions)
schema.command("violations", cls=Verb)(show_violations)


def _schemas(table: str, lake: Lake) -> TableSchemas:
    if lake.kind is Kind.CONVERTED:
        return TableSchemas(schemas_of(open_place(lake.place), table), None)
    return schemas_in(evidence_of(lake), table)


_LATER = {LOG_TIME: ColumnType.TIMESTAMP, LOG_ACCOUNT: ColumnType.STRING}
"""Types of the columns that a table has without one being said."""


def _kinds(types: Sequence[str]) -> dict[str, ColumnType]:
    """Types by column."""
    pairs = [(text, "", _LATER[text].value) if text in _LATER else text.rpartition("=") for text in types]
    wrong = next((text for text, (name, _, _) in zip(types, pairs) if not name), None)
    if wrong is not None:
        raise ConfigError(f"{wrong!r} is no column with a type: write it as status=double")
    return {name: _kind(kind) for name, _, kind in pairs}


def _kind(text: str) -> ColumnType:
    try:
        return ColumnType(text)
    except ValueError:
        raise ConfigError(
            f"{text!r} is not a type: use one of {', '.join(kind.value for kind in ColumnType)}"
        ) from None


def _report(
    what: str,
    reopened: Sequence[LedgerRow],
    windows: RawCheck,
    left: list[str],
    *,
    in_aws: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    gone = [f"{row.log_group} {row.window}" for row, _ in windows.gone]
    document = {"what": what, "windows": len(reopened), "gone": gone, "unfinished": left, "dry_run": dry_run}
    done = "would be converted again" if dry_run else "to be converted again" if in_aws else "converted again"
    lines = [f"{what}: {counted(len(reopened), 'window')} {done}"]
    lines += [f"left as it is, its raw objects are gone: {line}" for line in gone]
    lines += [NOTHING_CHANGED] if dry_run else []
    answer(document, "\n".join(lines), as_json=as_json)
    end_with([f"left: {line}" for line in left])
