"""``loglake connect``: a script that opens the tables in another reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json
from loglake_cli.operations.lakes.lake import Kind
from loglake_cli.operations.tables.connect import converted_places, kept_places, script


def connect(
    *,
    kind: Annotated[str, typer.Option("--as", help="duckdb, python, spark or sql.", metavar="FORM")] = "duckdb",
    lake: LakeText = None,
    as_json: Json = False,
) -> None:
    """Print a script that opens the tables in another reader.

    `duckdb` has a view for each table, `python` a pyarrow dataset, `spark` is for PySpark and `sql` for spark-sql. Each
    has the columns of all files: those of a later schema are NULL in earlier files.

    Exit status: 0 it is printed, 2 bad usage or no tables.
    """
    asked = lake_of(lake, "connect")
    places = kept_places(asked.folder) if asked.kind is Kind.RUN else converted_places(Path(asked.place))
    if not places:
        raise ConfigError(f"{asked} has no table with rows.")
    text = script(places, kind)
    if as_json:
        found = [{"name": p.name, "folder": str(p.folder), "partition_keys": list(p.keys)} for p in places]
        print(json.dumps({"tables": found, "script": text}, indent=2))
    else:
        print(text)
