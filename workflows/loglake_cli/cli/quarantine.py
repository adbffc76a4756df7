"""``loglake quarantine``: what could not be decoded, why, and where it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.text import Text

from loglake.core.keys import QUARANTINE
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json
from loglake_cli.cli.shared.verbs import Verb, Verbs
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.quarantine import Quarantine, kept_quarantine, readable
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

    from loglake_cli.operations.quarantine import Entry

_SHOWN_BYTES = 2000

quarantine = typer.Typer(cls=Verbs, no_args_is_help=True, help="Show what could not be decoded, why, and where it is.")

Table = Annotated[
    Optional[str],
    typer.Argument(help="A table, or _landing for input without a table. All if left out.", metavar="TABLE"),
]


@quarantine.command("list", cls=Verb)
def list_reasons(
    table: Table = None,
    *,
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Count what is in quarantine by table and reason.

    Exit status: 0 it was listed, 2 bad usage.
    """
    reasons = _opened(lake, "quarantine list").reasons(table)
    if as_json:
        print(json.dumps([each.to_json() for each in reasons], indent=2))
        return
    out = output.console()
    if not reasons:
        out.print("Nothing is in quarantine." if table is None else f"Nothing of {table} is in quarantine.")
        return
    rows = [
        [each.table, f"{each.entries:,}", f"{each.objects:,}", each.reason, f"{each.source}:{each.line}"]
        for each in reasons
    ]
    print_table(("table", "entries", "objects", "reason", "first"), rows, out, right={"entries", "objects"})


@quarantine.command("show", cls=Verb)
def show(
    table: Table = None,
    *,
    lake: LakeText = None,
    reason: Annotated[str, typer.Option(help="Only entries with this text in their reason.", metavar="TEXT")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many entries are shown.", metavar="NUMBER")] = 20,
    as_json: Json = False,
) -> None:
    """Show entries of quarantine: reason, raw object, line, and the bytes, readable.

    Exit status: 0 they are shown, 2 bad usage.
    """
    found = _opened(lake, "quarantine show").first(limit + 1, table, reason)
    if as_json:
        print(json.dumps([entry.to_json() for entry in found[:limit]], indent=2))
        return
    out = output.console()
    for entry in found[:limit]:
        _print(entry, out)
    if not found:
        out.print("There is no such entry of quarantine.")
    elif len(found) > limit:
        out.print(f"These are the first {limit:,}: for more, give --limit.")


def _print(entry: Entry, out: Console) -> None:
    size = len(entry.data) + entry.left_out_bytes
    out.print(Text.assemble((entry.reason, "bold red"), f"  (table {entry.table})"), soft_wrap=True)
    out.print(Text(f"{entry.source}, line {entry.line:,}, {counted(size, 'byte')}"), soft_wrap=True)
    for name, value in entry.values.items():
        print(f"{name}: {readable(value.encode(), _SHOWN_BYTES)[0]}")
    text, shown = readable(entry.data, _SHOWN_BYTES)
    print(text or "(no bytes: the object ends here, or they are left out)")  # the console changes tabs
    left_out = len(entry.data) - shown + entry.left_out_bytes
    print(f"... and {counted(left_out, 'more byte')}\n" if left_out else "")


def _opened(lake: str | None, command: str) -> Quarantine:
    asked = lake_of(lake, command)
    if asked.kind is Kind.CONVERTED:
        return Quarantine(open_place(asked.place), "_quarantine/")
    return kept_quarantine(asked.folder) if asked.kind is Kind.RUN else Quarantine(deployed(asked).lake, QUARANTINE)
