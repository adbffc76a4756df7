"""The machine's interpreters, PATH and Java for the jobs. These are not settings: nothing here changes a result."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from gluelocal import glue_libs

_INHERITED = ("PATH", "HOME", "JAVA_HOME", "LANG", "LC_ALL", "TMPDIR")

SHORT_LIVED = "-XX:TieredStopAtLevel=1"
"""The JVM option for short runs: optimising code takes longer than it saves."""

SERIAL = "-XX:+UseSerialGC"
"""Of jobs: collecting garbage in threads of its own takes longer than it saves."""

_COLLECTOR = re.compile(r"-XX:\+Use\w+GC\b")

CLASSES = Path(sys.prefix) / "spark.jsa"
"""An archive of Spark's classes, which ``make install`` writes."""


def java_options(classes: Path = CLASSES) -> str:
    """JVM options of Spark: for short runs, and the archive of its classes if it exists."""
    if not classes.exists():
        return SHORT_LIVED
    # A JVM ignores an unsuitable archive, and would report that on standard output.
    return f'{SHORT_LIVED} "-XX:SharedArchiveFile={classes}" -Xlog:cds=off,cds+dynamic=off'


def job_java_options(conf: str) -> str:
    """JVM options of a job. A JVM starts with one garbage collector at most: that of the job's ``--conf``, if any."""
    return java_options() if _COLLECTOR.search(conf) else f"{SERIAL} {java_options()}"


def glue_libraries(python: str) -> list[Path]:
    """The folders for a job's ``PYTHONPATH``: they hold what its interpreter lacks.

    Args:
        python: the job's interpreter. Any but this process's own is the Python 3.9 of ``make install``. It has
            awsglue, and a boto3 that must be led to the embedded AWS.
    """
    folder = Path(glue_libs.__file__).parent
    if python != sys.executable:
        return [folder / "python_shell"]
    return [folder] if find_spec("awsglue") is None else []


def job_environment(aws: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a job's process.

    Args:
        aws: the variables that lead to the embedded AWS.
        settings: more variables, such as those by which a laptop differs from Glue.
    """
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}  # noqa: TID251 - not settings
    return {
        **inherited,
        **aws,
        **settings,
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
