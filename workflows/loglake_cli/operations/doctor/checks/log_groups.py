"""Whether the datasets have the log groups that they should, and CloudWatch Logs can export these."""

from __future__ import annotations

from collections.abc import Iterator

from loglake.core.planning.settings import SETTLE_AFTER_HOURS
from loglake.core.schema.datasets import Dataset
from loglake_cli.deploy.job_logs import JOB_LOG_GROUPS
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, check, fine, problem
from loglake_cli.wording import counted

_SHOWN = 5


@check(
    "log-groups-matched",
    "Each dataset has log groups; those that none matches are not exported.",
    "A pattern with a typing mistake exports nothing, and nothing reports it.",
)
def matched(account: Account) -> Iterator[Finding]:
    """Datasets without a log group; and, for whoever wonders, log groups without a dataset."""
    names = _names(account)
    for entry in account.datasets.entries:
        if entry.ingest == "export" and not any(entry.matches(name) for name in names):
            patterns = ", ".join(entry.log_groups)
            yield problem(
                patterns,
                f"No log group matches the dataset with {patterns}.",
                f"Edit the datasets file, then: loglake deploy --prefix {account.prefix}",
            )
    without = [name for name in names if account.datasets.find(name) is None and not name.startswith("/aws-glue/")]
    if without:
        shown = ", ".join(without[:_SHOWN]) + (", ..." if len(without) > _SHOWN else "")
        yield fine(account.prefix, f"{counted(len(without), 'log group')} in no dataset, so not exported: {shown}.")


@check(
    "log-groups-once",
    "No dataset is hidden by another one above it.",
    "A log group belongs to the first dataset that matches it; its own entry further down is without effect.",
)
def once(account: Account) -> Iterator[Finding]:
    """Datasets that lose all of their log groups to an earlier one."""
    names = _names(account)
    for entry in account.datasets.entries:
        mine = [name for name in names if entry.matches(name)]
        if mine and not any(account.datasets.find(name) is entry for name in mine):
            first = account.datasets.find(mine[0])
            assert first  # entry matches, so there is one
            yield problem(
                mine[0],
                f"The log group {mine[0]} matches two datasets, and {_shown(first)} has it, not {_shown(entry)}.",
                f"Move the dataset {_shown(entry)} above {_shown(first)}, or take it out, then: "
                f"loglake deploy --prefix {account.prefix}",
            )


@check(
    "job-logs-left-out",
    "No dataset matches the log groups of Glue's own jobs.",
    "Each run would write new events to export, so that there is always a next run, and a bill for it.",
)
def job_logs_left_out(account: Account) -> Iterator[Finding]:
    """Patterns that match ``/aws-glue/*``."""
    own = sorted({*JOB_LOG_GROUPS, *(name for name in _names(account) if name.startswith("/aws-glue/"))})
    for entry in account.datasets.entries:
        hit = [name for name in own if account.datasets.find(name) is entry]
        if hit:
            yield problem(
                _shown(entry),
                f"The dataset {_shown(entry)} matches {hit[0]}, where this deployment's own jobs write.",
                f"Name the log groups of the dataset more closely, then: loglake deploy --prefix {account.prefix}",
            )


@check(
    "log-classes",
    "All log groups that are to be exported have the class STANDARD.",
    "CloudWatch Logs exports no other class; such log groups are skipped.",
)
def classes(account: Account) -> Iterator[Finding]:
    """The class of each log group that a dataset exports."""
    for group in account.log_groups_with("export"):
        kind = group.get("logGroupClass", "STANDARD")
        if kind != "STANDARD":
            yield problem(
                group["logGroupName"],
                f"The log group {group['logGroupName']} has the class {kind}.",
                "A log group's class can't be changed: have the logs written to a new log group of the class STANDARD.",
            )


@check(
    "log-retention",
    "CloudWatch keeps the events of exported log groups until their day has settled.",
    "What is gone by then is only in the first export of its hour, which may miss late events.",
)
def retention(account: Account) -> Iterator[Finding]:
    """Retentions that are shorter than a day and the time after which it settles."""
    least = 1 + -(-SETTLE_AFTER_HOURS // 24)
    for group in account.log_groups_with("export"):
        days = group.get("retentionInDays")
        if days and days <= least - 1:
            name = group["logGroupName"]
            yield problem(
                name,
                f"The log group {name} keeps its events for {counted(days, 'day')}.",
                f"aws logs put-retention-policy --log-group-name {name} --retention-in-days {least + 1}  # or more",
            )


def _names(account: Account) -> list[str]:
    return [group["logGroupName"] for group in account.log_groups]


def _shown(entry: Dataset) -> str:
    return entry.table or ", ".join(entry.log_groups)


CHECKS = (matched, once, job_logs_left_out, classes, retention)
