"""Datasets: which log groups go to which table, in which format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from loglake.core.log_groups import name_of
from loglake.core.schema.contract import Contract
from loglake.core.schema.dataset_checks import (
    check_days,
    check_fields,
    check_pattern,
    check_start,
    check_start_pattern,
    check_transform,
    one_of,
)
from loglake.core.schema.redact_key import NO_KEY, RedactKey
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.schema.schema import ColumnType, FieldPath, clean_name
from loglake.core.units import EPOCH, MS_PER_DAY, EpochMs, LogGroupName, parse_instant
from loglake.core.windows import floor_to
from loglake.errors import ConfigError

FORMATS = (
    "auto",
    "json",
    "lambda",
    "vpc_flow",
    "alb",
    "nlb",
    "cloudfront",
    "s3_access",
    "access_log",
    "nginx_error",
    "apache_error",
    "cloudtrail",
    "waf",
    "route53_resolver",
    "eks_audit",
    "aws_event",
    "emf",
    "otlp",
    "postgres",
    "mysql_slow",
    "mysql_audit",
    "cef",
    "mysql_error",
    "mysql_general",
    "postgres_csv",
    "mongodb",
    "sqlserver",
    "oracle_alert",
    "oracle_listener",
    "oracle_audit",
    "oracle_audit_xml",
    "tidb",
    "elb",
    "alb_connection",
    "alb_health",
    "cloudfront_realtime",
    "global_accelerator",
    "route53_public",
    "apigateway_execution",
    "apigateway_access",
    "codebuild",
    "redshift_audit",
    "transfer_family",
    "appsync",
    "elasticache",
    "windows_event",
    "cmtrace",
    "db2_diag",
    "journald",
    "syslog",
    "audit",
    "logfmt",
    "header",
    "container",
    "regex",
    "toml",
    "grok",
    "nginx",
    "apache",
    "log4j",
    "lnav",
    "text",
)
INGEST = ("auto", "export", "read", "landing")
"""The first one is the default."""
FINAL_PASS = ("always", "when_late", "never")
PARTITION_BY = ("day", "hour")
KEEP, OMIT = RAW = ("keep", "omit")

_TABLE = re.compile(r"[a-z0-9_]{1,128}")


@dataclass(frozen=True)
class Dataset:
    """One entry of the file.

    Attributes:
        log_groups: patterns as in a shell (``*``, ``?``, ``[abc]``), matched against the whole name.
        table: the table's name; empty: one table per log group, named after it.
        format: how events are read; ``auto`` decides on a sample.
        ingest: ``auto`` (by tasks or by reading), ``export`` (by tasks alone), ``read`` (by FilterLogEvents) or
            ``landing``. What lands for a log group that is not ``landing`` is skipped.
        partition_by: ``day`` or ``hour``; can't be changed for a table that exists.
        types: column types fixed up front, by field path.
        pattern: what defines a format of the team's own: see `dataset_checks.definition_of`.
        multi_line_start_pattern: RE2 that the first line of each event has, where a plain log file is cut into events.
        fields: of one of `ORDERED_FORMATS`: the fields of a line, in order.
        start: a schedule exports nothing before this date or time. Empty: everything that the log group has, or, if
            something was planned for it before, from the earlier start (`exportable.span_of`).
        final_pass: whether a settled day is exported a last time at 15 days: ``always`` (unless no event came in
            since), ``when_late`` (only if the settled pass found late events) or ``never``.
        transform: ``package.module:function``, the dataset's own transformation, see `loglake.kernels.transform`; empty
            for none.
        schema: the contract: what becomes of new fields, and of values that don't fit their column.
        timezone: of times in events that name none, such as ``Europe/Berlin``; empty if it is not known.
        raw: ``keep``; or ``omit``, which leaves the column ``raw`` NULL in rows whose ``message`` is the same text.
        find_by: columns that people search for one value, beside those of ids: files have Bloom filters for them.
        redact: what is hidden in events before anything is written.
        retention_days: days that are older leave the table, quarantine, raw objects and the ledger; None: none does.
        delete_raw_after: raw objects of settled days that are older leave; None: none does before its rows.
    """

    log_groups: tuple[str, ...]
    table: str = ""
    format: str = "auto"
    ingest: str = INGEST[0]
    partition_by: str = "day"
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    multi_line_start_pattern: str = ""
    start: str = ""
    final_pass: str = "always"
    transform: str = ""
    schema: Contract = field(default_factory=Contract)
    timezone: str = ""
    raw: str = KEEP
    find_by: tuple[str, ...] = ()
    redact: Redaction = NO_REDACTION
    retention_days: int | None = None
    delete_raw_after: int | None = None

    def __post_init__(self) -> None:
        """Says which field is wrong, and what it takes."""
        if not self.log_groups or not all(isinstance(p, str) and p for p in self.log_groups):
            raise ConfigError("log_groups needs at least one pattern, such as /aws/lambda/*")
        if self.table and not _TABLE.fullmatch(self.table):
            raise ConfigError(f"table: {self.table!r} must be 1 to 128 of a-z, 0-9 and _")
        one_of("format", self.format, FORMATS)
        one_of("ingest", self.ingest, INGEST)
        one_of("partition_by", self.partition_by, PARTITION_BY)
        check_pattern(self.format, self.pattern)
        check_fields(self.format, self.fields)
        check_start_pattern(self.multi_line_start_pattern)
        one_of("final_pass", self.final_pass, FINAL_PASS)
        one_of("raw", self.raw, RAW)
        check_start(self.start)
        check_transform(self.transform)
        if not all(isinstance(name, str) for name in self.find_by):
            raise ConfigError("find_by needs a list of columns, such as [order_number]")
        check_days(self.retention_days, self.delete_raw_after, lands=not self.is_exported)

    @property
    def start_ms(self) -> EpochMs | None:
        """A schedule exports nothing before this; None if `start` is empty."""
        return parse_instant(self.start) if self.start else None

    @property
    def is_exported(self) -> bool:
        """Whether the events come from CloudWatch Logs, by tasks or by reading."""
        return self.ingest != "landing"

    def kept_from(self, now_ms: EpochMs) -> EpochMs:
        """The start of the first UTC day that `retention_days` keeps; 0 if it keeps all."""
        return days_before(now_ms, self.retention_days)

    def raw_kept_from(self, now_ms: EpochMs) -> EpochMs:
        """The start of the first UTC day that keeps its raw objects, if it has settled; 0 if all do."""
        return max(self.kept_from(now_ms), days_before(now_ms, self.delete_raw_after))

    def matches(self, log_group: str) -> bool:
        """Whether a log group belongs to this dataset."""
        names = {log_group, name_of(log_group)}
        return any(fnmatchcase(name, pattern) for pattern in self.log_groups for name in names)

    def table_for(self, log_group: str) -> str:
        """The table that holds a log group's events: ``/app/ssh`` is ``app_ssh`` if no table is named."""
        return self.table or clean_name(name_of(log_group))[:128]

    def to_json(self) -> dict[str, Any]:
        """The entry in the file's shape."""
        return {
            "log_groups": list(self.log_groups),
            "table": self.table,
            "format": self.format,
            "ingest": self.ingest,
            "partition_by": self.partition_by,
            "types": {".".join(path): kind.value for path, kind in self.types.items()},
            "pattern": self.pattern,
            "fields": list(self.fields),
            "start": self.start,
            "final_pass": self.final_pass,
            **({"multi_line_start_pattern": start} if (start := self.multi_line_start_pattern) else {}),
            **({"transform": self.transform} if self.transform else {}),
            **({} if self.schema == Contract() else {"schema": self.schema.to_json()}),
            **({"timezone": self.timezone} if self.timezone else {}),
            **({} if self.raw == KEEP else {"raw": self.raw}),
            **({"find_by": list(self.find_by)} if self.find_by else {}),
            **({"redact": self.redact.to_json()} if self.redact else {}),
            **({"retention_days": self.retention_days} if self.retention_days else {}),
            **({"delete_raw_after": self.delete_raw_after} if self.delete_raw_after else {}),
        }


def days_before(now_ms: EpochMs, days: int | None) -> EpochMs:
    """The start of the UTC day that lies so many days before today; 0 without a number."""
    return floor_to(max(now_ms - days * MS_PER_DAY, 0), MS_PER_DAY) if days else EPOCH


SMOKE = Dataset(("/loglake/smoke",), table="loglake_smoke", format="json", ingest="landing")
"""An entry of every deployment, before all others: ``loglake doctor --smoke`` lands its payload there. No other log
group uses it."""


@dataclass(frozen=True)
class Datasets:
    """All entries, in order: the first match decides. `SMOKE` is not among them, and goes first.

    Attributes:
        entries: all of them.
        redact_key: where the key of hashes is.
    """

    entries: tuple[Dataset, ...]
    redact_key: RedactKey = NO_KEY

    def find(self, log_group: str) -> Dataset | None:
        """The dataset of a log group, or None if no entry matches."""
        return next((entry for entry in (SMOKE, *self.entries) if entry.matches(log_group)), None)

    def naming(self, table: str) -> Dataset | None:
        """The first dataset that names a table, or None."""
        return next((entry for entry in self.entries if entry.table == table), None)

    @property
    def have_transforms(self) -> bool:
        """Whether rows of some log group go through a transformation."""
        return any(entry.transform for entry in self.entries)

    @property
    def expire(self) -> bool:
        """Whether something of some log group leaves after some days."""
        return any(entry.retention_days or entry.delete_raw_after for entry in self.entries)

    @property
    def redacts(self) -> bool:
        """Whether something is hidden in the events of some log group."""
        return any(entry.redact for entry in self.entries)

    @property
    def hashes(self) -> bool:
        """Whether a key is needed."""
        return any(entry.redact.hashes for entry in self.entries)

    def to_json(self) -> dict[str, Any]:
        """The whole file."""
        key = {"redact_key": self.redact_key.to_json()} if self.redact_key else {}
        return {"datasets": [entry.to_json() for entry in self.entries], **key}

    @staticmethod
    def for_groups(exported: Iterable[LogGroupName], landed: Iterable[LogGroupName] = ()) -> Datasets:
        """The default datasets: one table per log group, with detected formats."""
        ways = [*((group, INGEST[0]) for group in exported), *((group, "landing") for group in landed)]
        return Datasets(tuple(Dataset((_literally(group),), ingest=ingest) for group, ingest in ways))


def entry_to_add(log_group: str, ingest: str = INGEST[0], file: str = "") -> str:
    """What to do about a log group that no dataset matches: which file to edit, and the line to add.

    Args:
        log_group: its name.
        ingest: how its events come.
        file: the datasets file, if one was named; else it is the one that loglake.yaml names.
    """
    landed = "" if ingest == INGEST[0] else f", ingest: {ingest}"
    line = f"- {{table: {clean_name(log_group)[:128]}, log_groups: ['{log_group}']{landed}}}"
    where = file or "the datasets file (`datasets:` of loglake.yaml names it)"
    deployed = "" if file else ", and run `loglake deploy`"
    return f"add `{line}` under `datasets:` in {where}{deployed}"


def _literally(log_group: str) -> str:
    """The pattern that matches just one name."""
    return re.sub(r"([*?\[])", r"[\1]", log_group)
