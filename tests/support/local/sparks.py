"""A Spark session for the tests of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark import cloudpickle

from loglake.spark.session import spark_session
from support.fakes import bad_stores, stores
from support.fakes.interrupts import interrupts_kept

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def spark_of_tests(name: str) -> Iterator[SparkSession]:
    """A session that leaves Ctrl-C to the tests, with workers that can import `support.fakes`."""
    for module in (stores, bad_stores):  # workers have no tests on their path
        cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
    with interrupts_kept():
        spark = spark_session(name)
    yield spark
    spark.stop()
