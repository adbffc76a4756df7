"""JupyterLab with loglake's kernel, for this machine alone. Nothing of it is written into the person's own Jupyter."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gluelocal.executor.jobs.machine import java_options
from gluelocal.kept.private_folders import make_private
from loglake.core.temporary import TemporaryFolder
from loglake.errors import ConfigError
from loglake_cli.extras import not_installed
from loglake_cli.project_files import NOTEBOOKS

KERNEL = "glue_pyspark"
"""The kernel's name: that of the kernel for Glue Interactive Sessions, so that a notebook opens with either."""

_PROCESS = "loglake_cli.operations.notebook.lab_process"
_EXTENSION = "loglake_cli.operations.notebook.kernel"
_STARTS_S = 60
_ENDS_S = 20
_LOOK_S = 0.05
_SETTINGS: Mapping[str, object] = {
    # JupyterLab would ask whether it may fetch news from the internet.
    "labconfig/page_config.json": {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}},
    # It looks for language servers with npm, which writes at home.
    "jupyter_server_config.json": {"ServerApp": {"jpserver_extensions": {"jupyter_lsp": False}}},
}
"""Settings of the server, by their files."""


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that is up.

    Attributes:
        url: its address, with the token that it asks for.
        process: it.
    """

    url: str
    process: subprocess.Popen[bytes]


def check_installed() -> None:
    """Raises ConfigError if JupyterLab is missing; says how to install it."""
    if not all(find_spec(name) for name in ("jupyterlab", "ipykernel", "matplotlib")):
        raise ConfigError(not_installed("JupyterLab", "notebook"))


def copy_notebooks(folder: Path) -> list[Path]:
    """Copies loglake's notebooks into a folder, but for those that it has.

    Returns:
        The new files.

    Raises:
        ConfigError: the folder can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [
            Path(shutil.copyfile(path, folder / path.name))
            for path in sorted(NOTEBOOKS.glob("*.ipynb"))
            if not (folder / path.name).exists()
        ]
    except OSError as error:
        raise ConfigError(f"{folder} can't be written ({error.strerror}): name another folder.") from error


def write_kernel(folder: Path, *, keep: Path | None = None, endpoint: str = "") -> Path:
    """Writes the specification of the kernel, for a Jupyter that finds `folder` in its ``JUPYTER_PATH``.

    Args:
        folder: gets ``kernels/glue_pyspark/kernel.json``.
        keep: the folder of a local run.
        endpoint: the address of a stack that is up, in place of a run.
    """
    settings = {"keep": str(keep.absolute()) if keep else "", "endpoint": endpoint}
    spec = {
        "argv": [
            sys.executable,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            f"--ext={_EXTENSION}",
            *(f"--NotebookKernel.{name}={value}" for name, value in settings.items() if value),
        ],
        "display_name": "Glue PySpark (loglake, on this machine)",
        "language": "python",
        "env": {"SPARK_SUBMIT_OPTS": java_options(), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable},
        "metadata": {"debugger": True},
    }
    path = folder / "kernels" / KERNEL / "kernel.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    return path


def own_places(home: Path) -> dict[str, str]:
    """The variables that have Jupyter and IPython keep settings and history below a folder, and not at home."""
    return {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


@contextmanager
def running_lab(folder: Path, home: Path, port: int, kernel: Mapping[str, Path | str | None]) -> Iterator[Lab]:
    """JupyterLab on a folder of notebooks, for a block. At its end the server and its kernels are ended.

    Args:
        folder: of the notebooks.
        home: where it keeps its settings; made for the owner alone.
        port: where it listens, on the loopback interface; 0 is any free port.
        kernel: the arguments of `write_kernel`.

    Raises:
        ConfigError: the port can't be had, or it does not start; with what it said.
    """
    home = home.absolute()
    make_private(home)
    for name, settings in _SETTINGS.items():
        path = home / "config" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), encoding="utf-8")
    free = _free_port(port)
    token = secrets.token_urlsafe(24)
    with TemporaryFolder("kernel") as specs, tempfile.TemporaryFile() as said:
        write_kernel(Path(specs), **kernel)  # type: ignore[arg-type]
        environment = {**os.environ, **own_places(home), "JUPYTER_PATH": specs, "JUPYTER_TOKEN": token}  # noqa: TID251
        process = subprocess.Popen(
            _command(folder.absolute(), free),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this process, which ends the other one
        )
        try:
            if not _listens(process, free):
                said.seek(0)
                lines = said.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
                raise ConfigError(
                    f"JupyterLab did not start ({lines[-1]}): `{sys.executable} -m jupyterlab` may say more."
                )
            yield Lab(f"http://127.0.0.1:{free}/lab?token={token}", process)
        finally:
            _end(process)


def _command(folder: Path, port: int) -> list[str]:
    settings = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,  # as in a container
        "ServerApp.root_dir": folder,
        "ServerApp.log_level": "WARN",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    return [sys.executable, "-m", _PROCESS, *(f"--{name}={value}" for name, value in settings.items())]


def _free_port(wanted: int) -> int:
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # of a server that has just ended
        try:
            found.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise ConfigError(f"port {wanted} can't be had ({error.strerror}): give --port another one.") from error
        return int(found.getsockname()[1])


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Waits until a server listens; False if it ends or takes too long."""
    deadline = time.monotonic() + _STARTS_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(_LOOK_S)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Lets a server end its kernels and itself."""
    assert process.stdin
    process.stdin.close()  # what it waits for
    try:
        process.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
