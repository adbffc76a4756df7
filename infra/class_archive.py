"""Keeps the classes that Spark loads in one file. Later JVMs map it, so Spark starts with half the CPU time.

If the file is missing, ``python -m infra.class_archive`` writes it, and `machine.java_options` finds it there. A JVM of
another version, or one with other jars, ignores the file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from gluelocal.executor.jobs.machine import CLASSES, SHORT_LIVED

Run = Callable[[str], None]
"""Starts a JVM with these options, uses it, and waits for its end."""


def write_archive(archive: Path, run: Run) -> bool:
    """Writes an archive of the classes that a JVM loads, whole or not at all: a JVM crashes on half a file.

    Args:
        archive: the file to write.
        run: loads the classes.

    Returns:
        Whether the archive exists now. A JVM without an archive of its own classes writes none.
    """
    part = archive.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        run(f'{SHORT_LIVED} "-XX:ArchiveClassesAtExit={part}" -Xlog:disable')
        if part.exists():
            part.replace(archive)
    finally:
        part.unlink(missing_ok=True)
    return archive.exists()


def run_spark(options: str) -> None:
    """Starts a JVM with these options, does a little of what the jobs do, and ends it."""
    os.environ["SPARK_SUBMIT_OPTS"] = options  # noqa: TID251 - no setting of ours: spark-submit reads it
    from pyspark import SparkContext  # noqa: PLC0415 - the archive may be there, and then nothing of Spark is needed

    from loglake.spark.session import spark_session

    spark = spark_session("classes")
    spark.sparkContext.parallelize(["{}"], 2).mapPartitions(lambda each: each).collect()
    spark.createDataFrame([("{}",)], "json string").repartition(2).mapInArrow(
        lambda each: each, "json string"
    ).collect()
    spark.stop()
    jvm = SparkContext._gateway.proc  # type: ignore[union-attr]
    jvm.stdin.close()  # what it waits for
    jvm.wait()


def main() -> None:
    """Writes the archive of this environment."""
    if not CLASSES.exists() and not write_archive(CLASSES, run_spark):
        print("This Java keeps no archive of classes, so Spark starts as slowly as ever.", file=sys.stderr)


if __name__ == "__main__":
    main()
