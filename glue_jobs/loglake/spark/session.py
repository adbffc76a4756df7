"""The Spark session: as configured by Glue or spark-submit, else a quiet one on this machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pyspark
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

RUNTIME_CONF: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
"""Settings that the code relies on; set on any session, also on an existing one."""

LOCAL_CONF: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
    # Spark 3.5 may hand on a Python worker that it is about to kill (SPARK-54217). A cluster tries the task again,
    # one machine does not.
    **({"spark.python.worker.reuse": "false"} if pyspark.__version__.startswith("3.") else {}),
}
"""Settings for a laptop; Glue and spark-submit decide these themselves."""

TASKS_PER_WORKER = 4
"""Concurrent tasks of a G.1X worker (AWS Glue developer guide, "Worker types": 4 vCPUs)."""

_DEFAULT_MASTER = "local[*]"
_OF_SHELLS = ("spark.ui.showConsoleProgress", "true")
"""spark-submit takes the JVM that PySpark starts for a shell, and sets this."""


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
        for name, value in ({} if SparkContext._active_spark_context is not None else _local_conf()).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
    for name, value in RUNTIME_CONF.items():
        session.conf.set(name, value)
    if str(session.sparkContext.master).startswith("local"):
        # Workers are on this machine: they take this interpreter, not the first python3 on the PATH.
        session.sparkContext.pythonExec = sys.executable
    return session


def tasks_at_once(spark: SparkSession, workers: int | None) -> int:
    """How many tasks can run at the same time once all workers have started.

    With auto scaling, Glue adds workers for tasks that wait. `defaultParallelism` counts the executors that have
    registered, so it says little when a run begins.

    Args:
        spark: the session; on this machine alone it has the machine's cores, whatever the job says.
        workers: the most G.1X workers that the job may have, one of them for the driver; None: those that are there.
    """
    context = spark.sparkContext
    if workers is None or str(context.master).partition("[")[0] == "local":
        return int(context.defaultParallelism)
    return (workers - 1) * TASKS_PER_WORKER


def _local_conf() -> dict[str, str]:
    """The part of LOCAL_CONF that is not configured; nothing if a master is configured.

    A builder's setting would override Glue's and spark-submit's. With a driver on 127.0.0.1, no executor on another
    machine would reach it.
    """
    SparkContext._ensure_initialized()  # starts a JVM, or takes the one that started this process
    configured = SparkConf()
    started_by_others = SparkContext._gateway.proc is None  # type: ignore[union-attr]
    if started_by_others or configured.get("spark.master") != _DEFAULT_MASTER:
        return {}
    return {
        name: value
        for name, value in LOCAL_CONF.items()
        if not configured.contains(name) or (name, configured.get(name)) == _OF_SHELLS
    }
