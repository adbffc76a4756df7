"""``loglake verify``: compares what the ledger says with what is in the lake."""

from __future__ import annotations

import json
from typing import Annotated, Callable, Optional

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.options import KEEP, Aws, Json, Keep, same_deployment
from loglake_cli.cli.shared.output import console
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.tables.locations import open_place
from loglake_cli.operations.verify import text
from loglake_cli.operations.verify.check import verify as look
from loglake_cli.operations.verify.damage import Damage
from loglake_cli.operations.verify.evidence import deployed_evidence, kept_evidence
from loglake_cli.operations.verify.folder import folder_fix, verify_folder


def verify(
    table: Annotated[Optional[str], typer.Argument(help="A table; without it, all.", metavar="TABLE")] = None,  # noqa: UP045
    *,
    deep: Annotated[bool, typer.Option("--deep", help="Read every byte, and compare checksums.")] = False,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Verify the OUTPUT of a `loglake convert`: a folder or S3 prefix.", metavar="OUTPUT"),
    ] = None,
    keep: Keep = KEEP,
    aws: Aws = None,
    as_json: Json = False,
) -> None:
    """Compare the ledger and its decisions with the lake, the quarantine and the catalog.

    It names what is missing, damaged or unexpected, and the command that repairs it. It changes nothing.
    It compares sizes and the row counts of Parquet footers; with --deep, checksums too.

    Exit status: 0 all is as it should be, 1 something is not, 2 bad usage.
    """
    if output and aws:
        raise ConfigError("--output and --aws are two places: give one.")
    fix: Callable[[Damage], str] = folder_fix
    with Progress(console(stderr=True)) as progress:
        progress.begin("Comparing files", "files")
        if output:
            found = verify_folder(open_place(output), table or "", deep=deep, on_part=progress.part)
        else:
            evidence = deployed_evidence(deployed(aws)) if aws else kept_evidence(keep)
            found = look(evidence, table or "", deep=deep, on_part=progress.part)
    if not output:
        where = same_deployment(keep, aws)
        fix = lambda damage: damage.fix(where)  # noqa: E731
    print(json.dumps(text.document(found, fix), indent=2) if as_json else "\n".join(text.lines(found, fix)))
    raise typer.Exit(1 if found.damage else 0)
