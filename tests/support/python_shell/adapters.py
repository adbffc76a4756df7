"""Runs in Python shell's Python: makes adapters of the export job, and calls them on request."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from typing import Any

import boto3

from loglake.aws import session
from loglake.aws.catalog import GlueCatalog
from loglake.aws.event_reader import CloudWatchEventReader
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import open_store
from loglake.aws.run_outcome import outcome_reported
from loglake.aws.system_clock import SystemClock
from loglake.config import CatalogConfig, WorkflowRun
from loglake.core.run.outcome import RunReport
from loglake.telemetry import Telemetry
from support.python_shell.messages import receive, send


class Runs:
    """Reports a run's outcome as the export job does."""

    def report(self, job: str, workflow: WorkflowRun, report: RunReport) -> str:
        """The log lines besides the result."""
        log = io.StringIO()
        with outcome_reported(job, workflow, Telemetry(SystemClock(), "run", log)) as report_outcome:
            report_outcome(report)
        return log.getvalue()


class Versions:
    """The versions that this process runs on."""

    def python(self) -> tuple[int, ...]:
        return tuple(sys.version_info[:2])

    def boto3(self) -> str:
        return str(boto3.__version__)


ADAPTERS: dict[str, Any] = {
    "objects": open_store,
    "ledger": lambda table: DynamoLedger(session.dynamodb(), table, SystemClock()),
    "tasks": lambda: CloudWatchExportTasks(
        session.logs(), session.logs_without_retries(), session.client("cloudwatch")
    ),
    "reader": lambda: CloudWatchEventReader(session.logs_without_retries()),
    "catalog": lambda *names: GlueCatalog(session.glue(), CatalogConfig(*names)),
    "runs": Runs,
    "versions": Versions,
}


def make(environment: dict[str, str], kind: str, arguments: tuple[Any, ...]) -> Any:
    os.environ.update(environment)
    boto3.DEFAULT_SESSION = None  # it keeps the credentials of an earlier test
    return ADAPTERS[kind](*arguments)


def call(adapter: Any, name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[str, Any]:
    try:
        found = getattr(adapter, name)
        value = found(*arguments, **named) if callable(found) else found
        return ("items", list(value)) if isinstance(value, Iterator) else ("value", value)
    except Exception as error:
        return "error", (type(error), error.args, vars(error))


def main() -> None:
    adapters: list[Any] = []
    while True:
        try:
            what, *message = receive(sys.stdin.buffer)
        except EOFError:
            return
        if what == "make":
            adapters.append(make(*message))
            send(sys.stdout.buffer, len(adapters) - 1)
        else:
            number, *rest = message
            send(sys.stdout.buffer, call(adapters[number], *rest))


if __name__ == "__main__":
    main()
