"""``loglake notebook``: JupyterLab on the tables, or the first cell of a notebook on AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gluelocal.kept.restore import check_kept
from loglake_cli.cli.shared.account import clients_of
from loglake_cli.cli.shared.lakes import LedgerLake, lake_of
from loglake_cli.cli.shared.options import Json, answer
from loglake_cli.deploy.calls import is_here
from loglake_cli.deploy.settings.settings import SETTINGS_FILE
from loglake_cli.operations.lakes.lake import LAST_RUN, Kind
from loglake_cli.operations.notebook.jupyter import (
    become_lab,
    check_installed,
    copy_notebooks,
    first_cell,
    write_kernel,
)
from loglake_cli.wording import counted


def notebook(
    folder: Annotated[
        Path, typer.Argument(help="The folder of the notebooks; those of loglake are copied into it.", metavar="FOLDER")
    ] = Path("notebooks"),
    *,
    lake: LedgerLake = None,
    as_json: Json = False,
) -> None:
    """Start JupyterLab on the tables of a local run.

    In its notebooks `spark` has the tables, and the magics of Glue Interactive Sessions are accepted. For a deployment
    it prints the first cell that the same notebooks need there; if that is the stack of `loglake local up`, JupyterLab
    starts on its tables.

    Exit status: 0 the cell is printed, 2 bad usage, no local run, or JupyterLab is not installed; else JupyterLab's.
    """
    if lake is None and not SETTINGS_FILE.is_file():
        check_installed()  # who lacks JupyterLab reads that first, and not that there is no local run yet
    asked, endpoint = lake_of(lake, "notebook"), ""
    if asked.kind is Kind.DEPLOYED:
        glue = clients_of(asked.region)("glue")
        endpoint = glue.meta.endpoint_url if is_here(glue) else ""
        if not endpoint:
            cell = first_cell(glue, asked.place)
            answer({"cell": cell}, cell, as_json=as_json)
            return
    check_installed()
    if not endpoint:
        check_kept(asked.folder)
    copied = copy_notebooks(folder)
    tables = endpoint or asked.text
    text = f"{counted(len(copied), 'notebook')} copied into {folder}. The tables are those of {tables}."
    answer({"folder": str(folder.absolute()), "tables": tables}, text, as_json=as_json)
    kernels = (LAST_RUN if endpoint else asked.folder).parent / "notebook"
    write_kernel(kernels, keep=None if endpoint else asked.folder, endpoint=endpoint)
    become_lab(folder, kernels)
