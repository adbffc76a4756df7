"""Which log groups go to which table, in which format: the datasets file, validated.

People edit it as YAML and jobs read it as JSON; both have the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from loglake.core.schema.contract import Contract
from loglake.core.schema.dataset_checks import check_fields, check_start, check_transform, one_of
from loglake.core.schema.own_formats import KEYS, ReadFile, check_pattern, check_start_pattern, definition_of
from loglake.core.schema.schema import ColumnType, FieldPath, clean_name
from loglake.core.units import EpochMs, LogGroupName, parse_instant
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
    "journald",
    "syslog",
    "audit",
    "logfmt",
    "header",
    "container",
    "regex",
    "grok",
    "nginx",
    "apache",
    "log4j",
    "lnav",
    "text",
)
INGEST = ("export", "landing")
FINAL_PASS = ("always", "when_late", "never")
PARTITION_BY = ("day", "hour")

_TABLE = re.compile(r"[a-z0-9_]{1,128}")


@dataclass(frozen=True)
class Dataset:
    """One entry of the file.

    Attributes:
        log_groups: patterns as in a shell (``*``, ``?``, ``[abc]``), matched against the whole name.
        table: the table's name; empty: one table per log group, named after it.
        format: how events are read; ``auto`` decides on a sample.
        ingest: ``export`` or ``landing``; one way per log group, since what lands for an exported one is skipped.
        partition_by: ``day`` or ``hour``; can't be changed for a table that exists.
        types: column types fixed up front, by field path.
        pattern: what defines a format of the team's own: see `own_formats`.
        multi_line_start_pattern: RE2 that the first line of each event has, where a plain log file is cut into events.
        fields: of one of `ORDERED_FORMATS`: the fields of a line, in order.
        start: a schedule exports nothing before this date or time. Empty: everything that the log group has, or, if
            something was planned for it before, from the earlier start (`exportable.span_of`).
        final_pass: whether a settled day is exported a last time at 15 days: ``always`` (unless no event came in
            since), ``when_late`` (only if the settled pass found late events) or ``never``.
        transform: ``package.module:function``, the dataset's own transformation, see `loglake.kernels.transform`; empty
            for none.
        schema: the contract: what becomes of new fields, and of values that don't fit their column.
    """

    log_groups: tuple[str, ...]
    table: str = ""
    format: str = "auto"
    ingest: str = "export"
    partition_by: str = "day"
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    multi_line_start_pattern: str = ""
    start: str = ""
    final_pass: str = "always"
    transform: str = ""
    schema: Contract = field(default_factory=Contract)

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
        check_start(self.start)
        check_transform(self.transform)

    @property
    def start_ms(self) -> EpochMs | None:
        """A schedule exports nothing before this; None if `start` is empty."""
        return parse_instant(self.start) if self.start else None

    def matches(self, log_group: str) -> bool:
        """Whether a log group belongs to this dataset."""
        return any(fnmatchcase(log_group, pattern) for pattern in self.log_groups)

    def table_for(self, log_group: str) -> str:
        """The table that holds a log group's events: ``/app/ssh`` is ``app_ssh`` if no table is named."""
        return self.table or clean_name(log_group)[:128]

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
        }


SMOKE = Dataset(("/loglake/smoke",), table="loglake_smoke", format="json", ingest="landing")
"""An entry of every deployment, before all others: ``loglake doctor --smoke`` lands its payload there. No other log
group uses it."""


@dataclass(frozen=True)
class Datasets:
    """All entries, in order: the first match decides. `SMOKE` is not among them, and goes first."""

    entries: tuple[Dataset, ...]

    def find(self, log_group: str) -> Dataset | None:
        """The dataset of a log group, or None if no entry matches."""
        return next((entry for entry in (SMOKE, *self.entries) if entry.matches(log_group)), None)

    def naming(self, table: str) -> Dataset | None:
        """The first dataset that names a table, or None."""
        return next((entry for entry in self.entries if entry.table == table), None)

    def to_json(self) -> dict[str, Any]:
        """The whole file."""
        return {"datasets": [entry.to_json() for entry in self.entries]}

    @staticmethod
    def for_groups(exported: Iterable[LogGroupName], landed: Iterable[LogGroupName] = ()) -> Datasets:
        """The default datasets: one table per log group, with detected formats."""
        ways = [*((group, "export") for group in exported), *((group, "landing") for group in landed)]
        return Datasets(tuple(Dataset((_literally(group),), ingest=ingest) for group, ingest in ways))


def _literally(log_group: str) -> str:
    """The pattern that matches just one name."""
    return re.sub(r"([*?\[])", r"[\1]", log_group)


def load_datasets(data: Any, read_file: ReadFile | None = None) -> Datasets:
    """Validates the file's content.

    Args:
        data: what YAML or JSON gave.
        read_file: reads the files that entries name; a job's file has their contents.

    Raises:
        ConfigError: names the entry (from 1), the field and what it takes.
    """
    if not isinstance(data, Mapping) or set(data) != {"datasets"} or not isinstance(data["datasets"], (list, tuple)):
        raise ConfigError("a datasets file has one key, datasets, with a list of entries")
    if not data["datasets"]:
        raise ConfigError("the datasets file lists no dataset: add an entry with log_groups")
    entries = []
    for number, entry in enumerate(data["datasets"], 1):
        try:
            entries.append(_dataset(entry, read_file))
        except ConfigError as error:
            raise ConfigError(f"dataset {number}: {error}") from None
    _check_tables(entries)
    return Datasets(tuple(entries))


_OLD_NAMES = {"last_pass": "final_pass"}
"""Former names of fields: files with them are still read."""


_OLD_FORMATS = {"python": "header", "log4j": "header"}
"""Formats that are part of another one now, if no layout says how theirs looks."""

_OTHER_NAMES = {"logback": "log4j"}


def _dataset(entry: Any, read_file: ReadFile | None) -> Dataset:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"an entry is a mapping with {', '.join(Dataset.__dataclass_fields__)}")
    for old, new in _OLD_NAMES.items():
        if old in entry and new in entry:
            raise ConfigError(f"{old} is the old name of {new}: leave one of them out")
    entry = {_OLD_NAMES.get(name, name): value for name, value in entry.items()}
    known = {*Dataset.__dataclass_fields__, *KEYS}
    unknown = sorted(set(entry) - known)
    if unknown:
        raise ConfigError(f"unknown field {unknown[0]!r}: an entry takes {', '.join(sorted(known))}")
    name = _format_name(entry)
    types = entry.get("types") or {}
    if not isinstance(types, Mapping):
        raise ConfigError("types is a mapping from field path to type, such as {user.id: bigint}")
    return Dataset(
        log_groups=_listed(entry, "log_groups", "a list of patterns, such as [/aws/lambda/*]"),
        table=str(entry.get("table") or ""),
        format=name,
        ingest=entry.get("ingest", "export"),
        partition_by=entry.get("partition_by", "day"),
        types={tuple(str(path).split(".")): _column_type(path, kind) for path, kind in types.items()},
        pattern=definition_of(entry, name, read_file),
        fields=_listed(entry, "fields", "a list of names, in the order of a line") if entry.get("fields") else (),
        multi_line_start_pattern=entry.get("multi_line_start_pattern") or "",
        start=str(entry.get("start") or ""),  # YAML reads a date as a date
        final_pass=entry.get("final_pass", "always"),
        transform=entry.get("transform") or "",
        schema=Contract.from_json(entry["schema"]) if entry.get("schema") is not None else Contract(),
    )


def _format_name(entry: Mapping[str, Any]) -> Any:
    name = entry.get("format", "auto")
    if not isinstance(name, str):
        return name
    is_defined = any(entry.get(key) for key in ("pattern", *KEYS))
    return _OTHER_NAMES.get(name, name if is_defined else _OLD_FORMATS.get(name, name))


def _listed(entry: Mapping[str, Any], name: str, needed: str) -> tuple[Any, ...]:
    values = entry.get(name)
    if not isinstance(values, (list, tuple)):
        raise ConfigError(f"{name} needs {needed}")
    return tuple(values)


def _column_type(path: str, kind: Any) -> ColumnType:
    names = tuple(member.value for member in ColumnType)
    one_of(f"types: {path}", kind, names)
    return ColumnType(kind)


def _check_tables(entries: Iterable[Dataset]) -> None:
    """One table has one partitioning and one contract: two entries that share a table must agree on them."""
    first: dict[str, Dataset] = {}
    for entry in entries:
        other = first.setdefault(entry.table, entry) if entry.table else entry
        if other.partition_by != entry.partition_by:
            raise ConfigError(f"table {entry.table} is partitioned by day in one dataset and by hour in another")
        if other.schema != entry.schema:
            raise ConfigError(f"table {entry.table} has one schema setting in one dataset and another in another one")
