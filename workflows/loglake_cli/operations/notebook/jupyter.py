"""loglake's kernel and notebooks, for the JupyterLab that a person has, and the first cell of a session in Glue."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from gluelocal.executor.jobs.machine import java_options
from loglake.aws.faults import translated
from loglake.core.run.outcome import CONVERT
from loglake.errors import ConfigError, NotFoundError
from loglake_cli.errors import not_installed
from loglake_cli.operations.jobs import JOB_SUFFIXES
from loglake_cli.project_files import NOTEBOOKS

KERNEL = "glue_pyspark"
"""The kernel's name: that of the kernel for Glue Interactive Sessions, so that a notebook opens with either."""

_EXTENSION = "loglake_cli.operations.notebook.kernel"


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
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")
    return path


def become_lab(folder: Path, kernels: Path) -> NoReturn:
    """Replaces this process by JupyterLab: its signals, its port and its token are Jupyter's own affair.

    Args:
        folder: of the notebooks.
        kernels: the folder that `write_kernel` wrote into.
    """
    with_kernel = os.pathsep.join([str(kernels.absolute()), *filter(None, [os.environ.get("JUPYTER_PATH")])])  # noqa: TID251
    environment: Mapping[str, str] = {**os.environ, "JUPYTER_PATH": with_kernel}  # noqa: TID251
    options = (f"--ServerApp.root_dir={folder.absolute()}", "--ServerApp.allow_root=True")  # root, as in a container
    os.execve(sys.executable, [sys.executable, "-m", "jupyterlab", *options], environment)


WORKERS = 2
"""The fewest that a session may have."""

IDLE_MINUTES = 30
"""A session costs until it ends; left alone, it would for 48 hours."""

_MODULES = ("--additional-python-modules", "--python-modules-installer-option")


def first_cell(glue: Any, prefix: str) -> str:
    """A cell that sets up a session as the convert job is: its Glue version, role, and loglake's own modules.

    The modules come from the control bucket, so that the session needs no package index.

    Args:
        glue: a client of Glue.
        prefix: of the deployment.

    Raises:
        ConfigError: there is no such deployment.
        AccessDeniedError: the job may not be read.
    """
    name = f"{prefix}{JOB_SUFFIXES[CONVERT]}"
    try:
        with translated("glue:GetJob", name):
            job = glue.get_job(JobName=name)["Job"]
    except NotFoundError as error:
        raise ConfigError(
            f"there is no loglake with the prefix {prefix} in this account and Region: it would have the Glue job "
            f"{name}. Check --lake, and AWS_PROFILE and AWS_REGION."
        ) from error
    arguments = job.get("DefaultArguments", {})
    settings = {
        "glue_version": job["GlueVersion"],
        "worker_type": job.get("WorkerType", "G.1X"),
        "number_of_workers": WORKERS,
        "idle_timeout": IDLE_MINUTES,
        "iam_role": job["Role"],
        **{name: arguments[name] for name in _MODULES if name in arguments},
    }
    return f"%%configure\n{json.dumps(settings, indent=2)}"
