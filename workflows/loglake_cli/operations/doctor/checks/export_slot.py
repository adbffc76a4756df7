"""Which task has the export slot."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.keys import EXPORTS
from loglake.core.units import MS_PER_HOUR, format_instant
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem

_ACTIVE = ("RUNNING", "PENDING", "PENDING_CANCEL")
_LONG_MS = MS_PER_HOUR
"""Usually a task takes seconds to minutes."""


@check(
    "export-slot",
    "The export slot is free, or this deployment has it.",
    "An account and Region may run one export task; while somebody else's runs, no window is exported.",
)
def slot(account: Account) -> Iterator[Finding]:
    """The active export task, and how long it has been so."""
    for code in _ACTIVE:
        for task in account.reader.read("logs", "DescribeExportTasks", statusCode=code).get("exportTasks", []):
            bucket, prefix = task.get("destination"), task.get("destinationPrefix", "")
            ours = bucket == account.names.buckets["raw"] and prefix.startswith(EXPORTS)
            since_ms = task.get("executionInfo", {}).get("creationTime", account.clock.now_ms())
            said = (
                f"The export task {task['taskId']} to s3://{bucket}/{prefix} is {code} since {format_instant(since_ms)}"
            )
            if account.clock.now_ms() - since_ms < _LONG_MS:
                yield fine(account.prefix, f"{said}.")
            else:
                yield problem(
                    task["taskId"],
                    f"{said}; {'this deployment' if ours else 'somebody else'} started it.",
                    f"aws logs cancel-export-task --task-id {task['taskId']}  # once nobody needs it any more",
                )


CHECKS = (slot,)
