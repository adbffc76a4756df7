"""A Spark session for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyspark
from pyspark.sql import SparkSession


@contextmanager
def quiet_session() -> Iterator[SparkSession]:
    """A session that logs errors alone; on Spark 4 it knows the data source ``cloudwatch_logs``.

    A session that runs already is taken, and left running.
    """
    from loglake.spark.logs import register
    from loglake.spark.session import spark_session

    is_running = SparkSession.getActiveSession() is not None
    spark = spark_session("loglake tests")
    spark.sparkContext.setLogLevel("ERROR")
    if not pyspark.__version__.startswith("3."):
        register(spark)
    yield spark
    if not is_running:
        spark.stop()
