"""``loglake connect``: a script that opens the tables in another reader."""

from __future__ import annotations

from typing import Annotated

import typer

from loglake.errors import ConfigError
from loglake_cli.cli.shared.deployments import evidence_of
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, answer
from loglake_cli.operations.lakes.connect import catalog_places, converted_places, kept_places, script
from loglake_cli.operations.lakes.lake import Kind


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
    if asked.kind is Kind.DEPLOYED:
        catalog = evidence_of(asked).catalog
        places = catalog_places(catalog.tables() if catalog else ())
    else:
        places = kept_places(asked.folder) if asked.kind is Kind.RUN else converted_places(asked.place)
    if not places:
        raise ConfigError(f"{asked} has no table with rows.")
    text = script(places, kind)
    found = [{"name": p.name, "folder": p.folder, "partition_keys": list(p.keys)} for p in places]
    answer({"tables": found, "script": text}, text, as_json=as_json)
