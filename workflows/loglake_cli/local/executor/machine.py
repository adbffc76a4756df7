"""What this machine gives the jobs: interpreters, PATH, Java. Not settings: nothing here changes a result."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from loglake_cli.local import glue_libs
from loglake_cli.project_files import CLONE

_INHERITED = ("PATH", "HOME", "JAVA_HOME", "LANG", "LC_ALL", "TMPDIR")

SHORT_LIVED = "-XX:TieredStopAtLevel=1"
"""An option of a JVM that runs for seconds: optimising code takes it longer than running what is not optimised."""


def python_shell() -> Path | None:
    """The Python 3.9 of Python shell jobs that ``make install`` set up, or None where the machine has none."""
    python = CLONE / ".venv-python-shell" / "bin" / "python"
    return python if python.exists() else None


def glue_libraries(python: str) -> list[Path]:
    """The folders that an interpreter lacks of what Glue gives to a job: ours with awsglue, or none.

    Args:
        python: the job's interpreter. Any other than this process's is one that ``make install`` set up, with awsglue.
    """
    if python == sys.executable and find_spec("awsglue") is None:
        return [Path(glue_libs.__file__).parent]
    return []


def job_environment(aws: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """All that a job's process sees of this machine.

    Args:
        aws: the variables that lead to the embedded AWS.
        settings: ``LOGLAKE_<NAME>`` variables: what a laptop does differently from Glue.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}  # noqa: TID251 - not settings
    return {
        **inherited,
        **aws,
        **settings,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
