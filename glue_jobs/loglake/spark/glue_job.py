"""The Glue job around a run, where Glue's jars are there; nothing around it where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def has_glue_jars(spark: SparkSession) -> bool:
    """Whether the JVM knows Glue's own Job class: on AWS Glue it does, on plain Spark it does not."""
    try:
        spark.sparkContext._jvm.java.lang.Class.forName("com.amazonaws.services.glue.util.Job")  # type: ignore[union-attr]
    except Exception as error:  # py4j wraps the JVM's ClassNotFoundException
        if "ClassNotFoundException" in str(error):
            return False
        raise
    return True


@contextmanager
def glue_job(spark: SparkSession, name: str) -> Iterator[None]:
    """Runs the block inside `awsglue.job.Job` (init before, commit after) on AWS Glue."""
    if not has_glue_jars(spark):
        yield
        return
    from awsglue.context import GlueContext  # noqa: PLC0415  (needs Glue's jars)
    from awsglue.job import Job  # noqa: PLC0415

    job = Job(GlueContext(spark.sparkContext))
    job.init(name, {})
    yield
    job.commit()
