"""``loglake notebook``: JupyterLab on the tables, or the first cell of a notebook on AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from botocore.exceptions import BotoCoreError

from gluelocal.kept.restore import check_kept
from loglake.aws import session
from loglake.errors import ConfigError
from loglake_cli.cli.shared.lakes import LakeText, lake_of
from loglake_cli.cli.shared.options import Json, answer
from loglake_cli.deploy.settings.settings import SETTINGS_FILE
from loglake_cli.operations.lakes.lake import LAST_RUN, Kind
from loglake_cli.operations.notebook.glue_session import first_cell
from loglake_cli.operations.notebook.jupyter import become_lab, check_installed, copy_notebooks, write_kernel
from loglake_cli.wording import counted

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def notebook(
    folder: Annotated[
        Path, typer.Argument(help="The folder of the notebooks; those of loglake are copied into it.", metavar="FOLDER")
    ] = Path("notebooks"),
    *,
    lake: LakeText = None,
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
        glue = _glue()
        endpoint = _loopback(glue.meta.endpoint_url)
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


def _glue() -> Any:
    try:
        return session.glue()
    except BotoCoreError as error:
        raise ConfigError(
            f"AWS can't be asked ({error}): set credentials and a Region, such as AWS_PROFILE."
        ) from error


def _loopback(endpoint: str) -> str:
    """The address of a stack of this machine; empty for that of AWS."""
    return endpoint if urlsplit(endpoint).hostname in _LOOPBACK else ""
