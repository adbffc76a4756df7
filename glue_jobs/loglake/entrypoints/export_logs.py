"""Glue Python shell job: exports what is requested and due, one CloudWatch export task at a time."""

from __future__ import annotations

import random
import sys

from awsglue.utils import getResolvedOptions

from loglake.aws import session
from loglake.aws.catalog import GlueCatalog
from loglake.aws.dataset_file import read_datasets
from loglake.aws.event_reader import CloudWatchEventReader
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import open_store
from loglake.aws.run_outcome import outcome_reported
from loglake.aws.runtime import runtime
from loglake.aws.system_clock import SystemClock
from loglake.config import ExportConfig
from loglake.core.run.outcome import EXPORT
from loglake.pipelines.export.job import run_export
from loglake.pipelines.ports import ExportPorts
from loglake.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and runs the pipeline."""
    config = ExportConfig.from_argv(sys.argv, getResolvedOptions)
    clock = SystemClock()
    ledger = DynamoLedger(session.dynamodb(), config.ledger_table, clock)
    tasks = CloudWatchExportTasks(session.logs(), session.logs_without_retries(), session.client("cloudwatch"))
    control, raw = map(open_store, (config.control_bucket, config.raw_bucket))
    telemetry = Telemetry(clock, config.run_id)
    ports = ExportPorts(
        ledger=ledger,
        catalog=GlueCatalog(session.glue(), config.catalog),
        control=control,
        clock=clock,
        telemetry=telemetry,
        tasks=tasks,
        raw=raw,
        reader=CloudWatchEventReader(session.logs_without_retries()),
        jitter=random.random,
    )
    with outcome_reported(
        EXPORT, config.workflow, telemetry, ledger, runs_on=lambda: {"driver": runtime()}
    ) as report_outcome:
        report_outcome(run_export(ports, read_datasets(config.datasets_uri), config))
