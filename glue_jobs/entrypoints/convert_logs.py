"""Glue PySpark job: converts exported windows and landed objects to Parquet and commits them to the lake."""

from __future__ import annotations

import sys

from awsglue.utils import getResolvedOptions

from glue_jobs.aws import session
from glue_jobs.aws.catalog import GlueCatalog
from glue_jobs.aws.dataset_file import read_datasets
from glue_jobs.aws.ledger_store import DynamoLedger
from glue_jobs.aws.objects import open_store
from glue_jobs.aws.run_outcome import outcome_told
from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.config import ConvertConfig
from glue_jobs.core.outcome import CONVERT
from glue_jobs.pipelines.convert import run_convert
from glue_jobs.pipelines.ports import ConvertPorts
from glue_jobs.spark.convert_stage import SparkConvertStage
from glue_jobs.spark.glue_job import glue_job
from glue_jobs.spark.session import spark_session
from glue_jobs.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and runs the pipeline, inside a Glue job where there is one."""
    config = ConvertConfig.from_argv(sys.argv, getResolvedOptions)
    clock, spark = SystemClock(), spark_session("convert")
    ledger = DynamoLedger(session.dynamodb(), config.ledger_table)
    control, raw, lake = map(open_store, (config.control_bucket, config.raw_bucket, config.lake_bucket))
    telemetry = Telemetry(clock, config.run_id)
    ports = ConvertPorts(
        ledger=ledger,
        control=control,
        raw=raw,
        lake=lake,
        stage=SparkConvertStage(spark, open_store, config.raw_bucket, config.lake_bucket),
        clock=clock,
        telemetry=telemetry,
        catalog=GlueCatalog(session.glue(), config),
    )
    with glue_job(spark, config.job_name), outcome_told(CONVERT, config.workflow, telemetry, ledger) as tell:
        tell(run_convert(ports, read_datasets(config.datasets_uri), config))


if __name__ == "__main__":
    main()
