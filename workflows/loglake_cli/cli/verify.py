"""``loglake verify``: compares what the ledger says with what is in the lake."""

from __future__ import annotations

from typing import Annotated, Callable, Optional

import typer

from loglake_cli.cli.shared.deployments import evidence_of
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, answer
from loglake_cli.cli.shared.output import console
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.lakes.converted import UNKNOWN
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.verify.check import document, lines
from loglake_cli.operations.verify.check import verify as look
from loglake_cli.operations.verify.content import folder_fix, verify_folder
from loglake_cli.operations.verify.damage import Damage


def verify(
    table: Annotated[Optional[str], typer.Argument(help="A table; without it, all.", metavar="TABLE")] = None,  # noqa: UP045
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every byte, and compare checksums.")] = False,
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Compare the ledger and its decisions with the lake, the quarantine and the catalog.

    It names what is missing, damaged or unexpected, and the command that repairs it. It changes nothing.
    It compares sizes and the row counts of Parquet footers; with --deep, checksums too. What `loglake convert` wrote
    has no ledger, and is compared with its journal.

    Exit status: 0 all is as it should be, 1 something is not, 2 bad usage.
    """
    asked = lake_of(lake, "verify")
    fix: Callable[[Damage], str] = folder_fix
    with Progress(console(stderr=True)) as progress:
        progress.begin("Comparing files", "files")
        if asked.kind is Kind.CONVERTED:
            found = verify_folder(open_place(asked.place), table or "", deep=deep, on_part=progress.part)
        else:
            fix = lambda damage: damage.fix(asked.option)  # noqa: E731
            found = look(evidence_of(asked), table or "", deep=deep, on_part=progress.part)
    unknown = UNKNOWN if asked.kind is Kind.CONVERTED else ""
    whole = document(found, fix) | ({"unknown": unknown} if unknown else {})
    answer(whole, "\n".join(filter(None, [*lines(found, fix), unknown])), as_json=as_json)
    raise typer.Exit(1 if found.damage else 0)
