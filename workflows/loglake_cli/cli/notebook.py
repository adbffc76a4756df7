"""``loglake notebook``: JupyterLab on the tables, or the first cell of a notebook on AWS."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from botocore.exceptions import BotoCoreError

from gluelocal.kept.restore import check_kept
from loglake.aws import session
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.options import KEEP, Aws, Json, Keep
from loglake_cli.operations.notebook.glue_session import first_cell
from loglake_cli.operations.notebook.jupyter import Lab, check_installed, copy_notebooks, running_lab
from loglake_cli.wording import counted

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def notebook(
    folder: Annotated[
        Path, typer.Argument(help="The folder of the notebooks; those of loglake are copied into it.", metavar="FOLDER")
    ] = Path("notebooks"),
    *,
    keep: Keep = KEEP,
    aws: Aws = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where JupyterLab listens; 0 is any free port.", metavar="PORT")
    ] = 0,
    as_json: Json = False,
) -> None:
    """Start JupyterLab on the tables of the last local run, until Ctrl-C or SIGTERM.

    In its notebooks `spark` has the tables, and the magics of Glue Interactive Sessions are accepted. With --aws it
    prints the first cell that the same notebooks need there; if that is the stack of `loglake local up`, JupyterLab
    starts on its tables.

    Exit status: 0 it was stopped or the cell is printed, 2 bad usage, no local run, or JupyterLab is not installed.
    """
    endpoint = ""
    if aws:
        glue = _glue()
        endpoint = _loopback(glue.meta.endpoint_url)
        if not endpoint:
            cell = first_cell(glue, aws)
            print(json.dumps({"cell": cell}, indent=2) if as_json else cell)
            return
    check_installed()
    if not endpoint:
        check_kept(keep)
    copied = copy_notebooks(folder)
    kernel: Mapping[str, Path | str | None] = {"endpoint": endpoint} if endpoint else {"keep": keep}
    with _hangup_stops(), running_lab(folder, keep.parent / "notebook", port, kernel) as lab:
        try:
            _print_started(lab, folder, len(copied), endpoint or str(keep), as_json)
            lab.process.wait()
        except KeyboardInterrupt:
            output.console(stderr=True).print("Stopped.")


@contextmanager
def _hangup_stops() -> Iterator[None]:
    """Has a terminal that is closed stop JupyterLab, which would go on without it."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = signal.signal(signal.SIGHUP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


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


def _print_started(lab: Lab, folder: Path, copied: int, tables: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"url": lab.url, "folder": str(folder.absolute()), "tables": tables}, indent=2), flush=True)
        return
    out = output.console()
    if copied:
        out.print(f"Copied {counted(copied, 'notebook')} into {folder}.", soft_wrap=True)
    out.print(f"JupyterLab has the notebooks in {folder}, and the tables of {tables}.", soft_wrap=True)
    out.print("Open this in a browser of this machine; Ctrl-C stops it:", soft_wrap=True)
    out.print(f"\n  {lab.url}\n", soft_wrap=True)
