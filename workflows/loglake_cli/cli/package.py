"""``loglake package``: the files that jobs run, in a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from loglake_cli.cli.shared import output as terminal
from loglake_cli.cli.shared.options import Json
from loglake_cli.deploy.extra_wheels import downloaded_wheels, given_wheels
from loglake_cli.deploy.packaging import SUMS, build_package, write_package
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import counted


def package(
    *,
    output: Annotated[
        Path, typer.Option(help="The folder to write to; made if need be.", metavar="DIR", file_okay=False)
    ] = Path("dist"),
    wheels: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="A folder with the wheels that Glue lacks. Without it, pip downloads them.",
            metavar="DIR",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Build everything that the jobs run on AWS: wheels, launchers, their SHA-256 and a bill of materials.

    The same input gives the same bytes. SOURCE_DATE_EPOCH sets the time of the files.

    Exit status: 0 all good, 2 bad usage, or a wheel is missing or is not the one of the lock.
    """
    # Importing its writer takes half a second, and no other command needs it.
    from loglake_cli.deploy.bill_of_materials import bill_of_materials

    built = build_package(given_wheels(wheels) if wheels else downloaded_wheels())
    paths = write_package([*built.files, bill_of_materials(built)], output)
    if as_json:
        print(json.dumps({"output": str(output), "files": [path.name for path in paths]}, indent=2))
        return
    rows = [[path.name, f"{path.stat().st_size:,}"] for path in paths]
    print_table(("file", "bytes"), rows, terminal.console(), right={"bytes"})
    print(f"{counted(len(paths), 'file')} in {output}; {SUMS} has the SHA-256 of each.")
