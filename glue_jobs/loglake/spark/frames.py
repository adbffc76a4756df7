"""A table of the lake as a DataFrame, for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import StringType, StructField, StructType

from loglake.core.schema.schema import PARTITION_KEYS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def table_frame(spark: SparkSession, folder: str) -> DataFrame:
    """A table's folder as a DataFrame, with the columns of all of its files.

    `dt` and `hour` are the strings that they are in the catalog; left alone, Spark would make a date and a number of
    them.

    Args:
        spark: the session.
        folder: such as ``/data/lake/tables/app``, or any URI that this Spark can read.
    """
    inferred = spark.read.option("mergeSchema", "true").parquet(folder).schema
    fields = [
        StructField(field.name, StringType()) if field.name in PARTITION_KEYS else field for field in inferred.fields
    ]
    return spark.read.schema(StructType(fields)).parquet(folder)
