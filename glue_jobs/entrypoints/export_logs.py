"""Glue Python shell job: exports what is asked for and due, one CloudWatch export task at a time."""

from __future__ import annotations

import random
import sys

from awsglue.utils import getResolvedOptions

from glue_jobs.aws import session
from glue_jobs.aws.dataset_file import read_datasets
from glue_jobs.aws.export_tasks import CloudWatchExportTasks
from glue_jobs.aws.ledger_store import DynamoLedger
from glue_jobs.aws.objects import open_store
from glue_jobs.aws.run_outcome import outcome_told
from glue_jobs.aws.system_clock import SystemClock
from glue_jobs.config import ExportConfig
from glue_jobs.core.outcome import EXPORT
from glue_jobs.pipelines.export import run_export
from glue_jobs.pipelines.ports import ExportPorts
from glue_jobs.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and runs the pipeline."""
    config = ExportConfig.from_argv(sys.argv, getResolvedOptions)
    clock, ledger = SystemClock(), DynamoLedger(session.dynamodb(), config.ledger_table)
    tasks = CloudWatchExportTasks(session.logs(), session.logs_without_retries(), session.cloudwatch())
    control, raw = map(open_store, (config.control_bucket, config.raw_bucket))
    telemetry = Telemetry(clock, config.run_id)
    ports = ExportPorts(tasks, ledger, control, raw, clock, telemetry, random.random)
    with outcome_told(EXPORT, config.workflow, telemetry, ledger) as tell:
        tell(run_export(ports, read_datasets(config.datasets_uri), config))


if __name__ == "__main__":
    main()
