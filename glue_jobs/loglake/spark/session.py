"""The Spark session for DataFrames and SQL, on the context of `loglake.spark.context`."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark import SparkContext
from pyspark.sql import SparkSession

from loglake.spark.context import local_conf, take_this_python

RUNTIME_CONF: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""Settings that the code relies on; set on any session, also on an existing one."""


def spark_session(app_name: str, context: SparkContext | None = None) -> SparkSession:
    """The session to work with.

    Args:
        app_name: shown in Spark's logs.
        context: an existing context, such as a GlueContext's; without one, a session that is running is taken, else a
            new one is made, on this machine alone unless Glue, ``spark-submit`` or Spark's own files name a master.
    """
    if context is not None:
        session = SparkSession(context)
    else:
        builder = SparkSession.builder.appName(app_name)
        for name, value in ({} if SparkContext._active_spark_context is not None else local_conf()).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    for name, value in RUNTIME_CONF.items():
        session.conf.set(name, value)
    take_this_python(session.sparkContext)
    return session
