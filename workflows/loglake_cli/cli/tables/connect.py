"""``loglake connect``: a script that opens the tables in another reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Optional

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared.options import KEEP, Json, Keep
from loglake_cli.operations.tables.connect import converted_places, kept_places, script


def connect(
    *,
    kind: Annotated[str, typer.Option("--format", help="duckdb, python, spark or sql.", metavar="NAME")] = "duckdb",
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="The OUTPUT of a `loglake convert`, instead of a kept run.", metavar="DIR"),
    ] = None,
    keep: Keep = KEEP,
    as_json: Json = False,
) -> None:
    """Print a script that opens the tables in another reader.

    `duckdb` has a view for each table, `python` a pyarrow dataset, `spark` is for PySpark and `sql` for spark-sql. Each
    has the columns of all files: those of a later schema are NULL in earlier files.

    Exit status: 0 it is printed, 2 bad usage or no tables.
    """
    places = converted_places(output) if output else kept_places(keep)
    if not places:
        raise ConfigError(f"the run kept in {keep.absolute()} has no table with rows.")
    text = script(places, kind)
    if as_json:
        found = [{"name": p.name, "folder": str(p.folder), "partition_keys": list(p.keys)} for p in places]
        print(json.dumps({"tables": found, "script": text}, indent=2))
    else:
        print(text)
