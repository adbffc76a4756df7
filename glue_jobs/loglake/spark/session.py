"""The Spark session: Glue's own where there is one, else a quiet local one."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from pyspark import SparkContext
from pyspark.sql import SparkSession

RUNTIME_CONF: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""What the code relies on; set on any session, also on one that exists."""

LOCAL_CONF: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""What a laptop needs; Glue decides these itself."""


def spark_session(app_name: str, context: SparkContext | None = None) -> SparkSession:
    """The session to work with.

    Args:
        app_name: shown in Spark's logs.
        context: an existing context, such as a GlueContext's; without one, a session that is running is taken, else a
            new one is made, local unless ``spark-submit`` named a master.
    """
    builder = SparkSession.builder.appName(app_name)
    if context is None and SparkContext._active_spark_context is None:
        for name, value in LOCAL_CONF.items():
            builder = builder.config(name, value)
    session = SparkSession(context) if context is not None else builder.getOrCreate()
    for name, value in RUNTIME_CONF.items():
        session.conf.set(name, value)
    if str(session.sparkContext.master).startswith("local"):
        # Workers are on this machine: they take this interpreter, not the first python3 on the PATH.
        session.sparkContext.pythonExec = sys.executable
    return session
