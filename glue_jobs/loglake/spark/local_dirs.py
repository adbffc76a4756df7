"""The disk of Spark's own files: spilled data, and data for its workers."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from loglake.core.disk_space import no_space
from loglake.errors import NoSpaceError

if TYPE_CHECKING:
    from pyspark import SparkContext

_FULL = OSError(errno.ENOSPC, "")
_ADVICE = ", or set SPARK_LOCAL_DIRS to a folder on another disk, and run again"


def spark_disk_full(context: SparkContext) -> NoSpaceError:
    """The error for a full disk of Spark; on a cluster it may be a worker's disk, which can't be checked here."""
    if not str(context.master).startswith("local"):
        return NoSpaceError("The disk of a Spark worker, or of the driver, is full: take larger workers.")
    return no_space(str(context._temp_dir), _FULL, _ADVICE)
