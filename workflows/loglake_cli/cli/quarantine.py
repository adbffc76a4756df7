"""``loglake quarantine``: what could not be decoded, why, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.text import Text

from loglake.core.keys import QUARANTINE
from loglake.core.near_names import meant
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.errors import warn
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, print_json
from loglake_cli.operations.evidence import kept_store
from loglake_cli.operations.lakes.lake import Kind, Lake
from loglake_cli.operations.quarantine import Entry, Quarantine, Reason, readable
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN_BYTES = 2000


def quarantine(
    table: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A table, or _landing for input without a table. All if left out.", metavar="TABLE"),
    ] = None,
    *,
    entries: Annotated[
        int, typer.Option(min=0, help="Show the first so many entries, with their bytes.", metavar="NUMBER")
    ] = 0,
    reason: Annotated[str, typer.Option(help="Only entries with this text in their reason.", metavar="TEXT")] = "",
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Show what could not be decoded, why, and where it is.

    It counts entries by table and reason, and names the first of each. --entries shows the entries themselves: reason,
    raw object, line, and the bytes, readable.

    Exit status: 0 it is shown, 2 bad usage.
    """
    found = quarantine_of(lake_of(lake, "quarantine"))
    shown: Sequence[Entry | Reason]
    if entries:
        shown = first = found.first(entries + 1, table, reason)
        _show_entries(first, entries, as_json=as_json)
    else:
        shown = reasons = [each for each in found.reasons(table) if reason in each.reason]
        _show_reasons(reasons, table, as_json=as_json)
    if table and not shown:
        warn(filter(None, [meant(table, found.tables() - {table})]))


def _show_reasons(reasons: Sequence[Reason], table: str | None, *, as_json: bool) -> None:
    out = output.console()
    if as_json:
        print_json([vars(each) for each in reasons])
    elif not reasons:
        out.print("Nothing is in quarantine." if table is None else f"Nothing of {table} is in quarantine.")
    else:
        rows = [
            [each.table, f"{each.entries:,}", f"{each.objects:,}", each.reason, f"{each.source}:{each.line}"]
            for each in reasons
        ]
        print_table(("table", "entries", "objects", "reason", "first"), rows, out, right={"entries", "objects"})


def _show_entries(found: Sequence[Entry], most: int, *, as_json: bool) -> None:
    if as_json:
        print_json([entry.to_json() for entry in found[:most]])
        return
    out = output.console()
    for entry in found[:most]:
        _print(entry, out)
    if not found:
        out.print("There is no such entry of quarantine.")
    elif len(found) > most:
        out.print(f"These are the first {most:,}: for more, give another --entries.")


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


def quarantine_of(lake: Lake) -> Quarantine:
    """The quarantine of a lake of any kind."""
    if lake.kind is Kind.CONVERTED:
        return Quarantine(open_place(lake.place), "_quarantine/")
    return Quarantine(kept_store(lake.folder, "lake") if lake.kind is Kind.RUN else deployed(lake).lake, QUARANTINE)
