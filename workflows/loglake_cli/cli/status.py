"""``loglake status``: how far each log group is, and what to do next."""

from __future__ import annotations

from typing import Annotated, Any, NoReturn

import typer

from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import evidence_of
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, print_json
from loglake_cli.operations.lakes.converted import UNKNOWN
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.standing import converted_status, status_text
from loglake_cli.operations.standing.reading import status_of
from loglake_cli.operations.standing.status import SHOWN, Status
from loglake_cli.operations.standing.status_document import document
from loglake_cli.operations.standing.status_notes import notes
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted


def status(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Show each log group, however many there are.")] = False,
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Show how far each log group is, what failed and what to do.

    It also shows who has the account's export slot. Of more than 50 log groups it shows 20: those with most failed
    windows, then those that are most behind. --all and --json have each. What `loglake convert` wrote has no ledger:
    its journals say what each table has.

    Exit status: 0 nothing has failed, 1 something has, or files of a table are gone, 2 bad usage.
    """
    asked = lake_of(lake, "status")
    if asked.kind is Kind.CONVERTED:
        _converted(asked, as_json=as_json)
    found = status_of(evidence_of(asked))
    if as_json:
        print_json(document(found, asked.option))
    else:
        _show(found, asked.option, everything=everything)
    raise typer.Exit(1 if found.failed else 0)


def status_json(lake: Lake) -> dict[str, Any]:
    """What --json prints of a lake of any kind."""
    if lake.kind is Kind.CONVERTED:
        return converted_status.document(converted_status.converted_status(open_place(lake.place)), lake.option)
    return document(status_of(evidence_of(lake)), lake.option)


def _converted(lake: Lake, *, as_json: bool) -> NoReturn:
    """Shows the tables that `loglake convert` wrote, and ends the command."""
    tables, out = converted_status.converted_status(open_place(lake.place)), output.console()
    wrong = converted_status.problems(tables, lake.option)
    if as_json:
        print_json(converted_status.document(tables, lake.option))
    else:
        lines = [each.cells() for each in tables]
        print_table(converted_status.COLUMNS, lines, out, right=converted_status.NUMBERS, spare=("log groups",))
        out.print()
        output.print_sentences(wrong, [UNKNOWN], out)
    raise typer.Exit(1 if wrong else 0)


def _show(found: Status, where: str, *, everything: bool) -> None:
    out = output.console()
    groups = found.groups if everything else status_text.most_urgent(found.groups)
    if groups:
        lines = status_text.lines(groups)
        print_table(status_text.COLUMNS, lines, out, right=status_text.NUMBERS, spare=status_text.SPARE)
        if len(groups) < len(found.groups):
            out.print(f"{counted(len(found.groups) - len(groups), 'more log group')}: --all shows them.")
        out.print()
    out.print(status_text.summary(found), soft_wrap=True)
    most = None if everything else SHOWN
    output.print_sentences(status_text.problems(found, where, most), notes(found, where, most), out)
