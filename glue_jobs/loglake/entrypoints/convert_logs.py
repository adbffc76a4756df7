"""Glue PySpark job: converts exported windows and landed objects to Parquet and commits them to the lake."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from awsglue.utils import getResolvedOptions

from loglake.aws import session
from loglake.aws.catalog import GlueCatalog
from loglake.aws.dataset_file import read_datasets
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import open_store, open_store_here
from loglake.aws.redact_key import read_redact_key
from loglake.aws.run_outcome import outcome_reported
from loglake.aws.runtime import runtime
from loglake.aws.system_clock import SystemClock
from loglake.config import ConvertConfig
from loglake.core.run.outcome import CONVERT
from loglake.pipelines.convert.job import run_convert
from loglake.pipelines.ports import ConvertPorts
from loglake.spark.context import spark_context
from loglake.spark.convert_stage import SparkConvertStage
from loglake.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and runs the pipeline."""
    config = ConvertConfig.from_argv(sys.argv, getResolvedOptions)
    context = ThreadPoolExecutor(1).submit(spark_context, "convert")  # takes seconds, in which the ledger is read
    clock = SystemClock()
    ledger = DynamoLedger(session.dynamodb(), config.ledger_table, clock)
    control, raw, lake = map(open_store, (config.control_bucket, config.raw_bucket, config.lake_bucket))
    telemetry = Telemetry(clock, config.run_id)
    stage = SparkConvertStage(
        context.result, open_store_here(), config.raw_bucket, config.lake_bucket, config.workers, describe=runtime
    )
    ports = ConvertPorts(
        ledger=ledger,
        landed=SqsLandingQueue(session.sqs(), config.landing_queue),
        control=control,
        raw=raw,
        lake=lake,
        stage=stage,
        clock=clock,
        telemetry=telemetry,
        catalog=GlueCatalog(session.glue(), config.catalog),
    )
    with outcome_reported(
        CONVERT,
        config.workflow,
        telemetry,
        ledger,
        runs_on=lambda: {"driver": runtime(), "workers": stage.described},
    ) as report_outcome:
        datasets = read_datasets(config.datasets_uri)
        stage.pandas = datasets.have_transforms
        stage.redact_key = read_redact_key(datasets.redact_key) if datasets.hashes else b""
        report_outcome(run_convert(ports, datasets, config))
