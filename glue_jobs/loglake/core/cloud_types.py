"""Answers of S3 and CloudWatch Logs as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from loglake.core.units import EpochMs, LogGroupName


@dataclass(frozen=True)
class ObjectInfo:
    """A listed S3 object.

    Attributes:
        problem: why it can't be read, if the listing shows that already; a sentence that names it.
        changed_ms: when it was last changed; 0 if the listing does not say.
    """

    key: str
    size_bytes: int
    problem: str = ""
    changed_ms: int = field(default=0, compare=False)


@dataclass(frozen=True)
class LogGroup:
    """A log group as DescribeLogGroups returns it. `log_class` is STANDARD, INFREQUENT_ACCESS or DELIVERY.

    `stored_bytes` is None if CloudWatch does not say. `account` owns it; empty if that is not known.
    """

    name: LogGroupName
    created_ms: EpochMs
    stored_bytes: int | None = None
    retention_days: int | None = None
    log_class: str = "STANDARD"
    account: str = ""


@dataclass(frozen=True)
class ExportTask:
    """An export task as DescribeExportTasks returns it.

    Attributes:
        message: why it failed, in AWS's words.
        created_ms: when it was created; 0 if the answer does not say.
    """

    task_id: str
    name: str
    status: str
    message: str = ""
    bucket: str = ""
    prefix: str = ""
    log_group: str = ""
    created_ms: int = 0
