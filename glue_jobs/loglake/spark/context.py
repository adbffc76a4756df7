"""The Spark context: as configured by Glue or spark-submit, else a quiet one on this machine.

It is all that tasks on RDDs need. A session beside it starts Spark's SQL engine, which takes a third of the CPU time of
a short job's JVM.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pyspark
from pyspark import SparkConf, SparkContext

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


def spark_context(app_name: str) -> SparkContext:
    """The context that is running, else a new one.

    Args:
        app_name: shown in Spark's logs. A new context is on this machine alone unless Glue, ``spark-submit`` or Spark's
            own files name a master.
    """
    context = SparkContext._active_spark_context
    if context is None:
        local = local_conf()  # it starts the JVM, which a SparkConf asks for what is configured
        context = SparkContext.getOrCreate(SparkConf().setAppName(app_name).setAll(list(local.items())))
    take_this_python(context)
    return context


def local_conf() -> dict[str, str]:
    """The part of LOCAL_CONF that is not configured; nothing if a master is configured.

    A setting of ours would override Glue's and spark-submit's. With a driver on 127.0.0.1, no executor on another
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


def take_this_python(context: SparkContext) -> None:
    """On this machine, workers take this interpreter, not the first python3 on the PATH."""
    if str(context.master).startswith("local"):
        context.pythonExec = sys.executable


def tasks_at_once(context: SparkContext, workers: int | None) -> int:
    """How many tasks can run at the same time once all workers have started.

    With auto scaling, Glue adds workers for tasks that wait. `defaultParallelism` counts the executors that have
    registered, so it says little when a run begins.

    Args:
        context: on this machine alone it has the machine's cores, whatever the job says.
        workers: the most G.1X workers that the job may have, one of them for the driver; None: those that are there.
    """
    if workers is None or str(context.master).partition("[")[0] == "local":
        return int(context.defaultParallelism)
    return (workers - 1) * TASKS_PER_WORKER
