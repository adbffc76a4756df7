"""Which log groups go to which table, in which format: the one reviewed file, validated.

The file is YAML where people edit it and JSON where jobs read it; both have the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from glue_jobs.core.schema import ColumnType, FieldPath, clean_name
from glue_jobs.core.units import LogGroupName
from glue_jobs.errors import ConfigError

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
    "emf",
    "postgres",
    "mysql_slow",
    "mysql_audit",
    "syslog",
    "python",
    "log4j",
    "logfmt",
    "text",
)
INGEST = ("export", "landing")
PARTITION_BY = ("day", "hour")

_TABLE = re.compile(r"[a-z0-9_]{1,128}")


@dataclass(frozen=True)
class Dataset:
    """One entry of the file.

    Attributes:
        log_groups: patterns as in a shell (``*``, ``?``, ``[abc]``), matched against the whole name.
        table: the table's name; empty for one table per log group, named after it.
        format: how events are read; ``auto`` decides on a sample.
        ingest: ``export`` or ``landing``; one way for one log group, since both would double every row.
        partition_by: ``day`` or ``hour``; can't be changed for a table that exists.
        types: column types fixed up front, by field path.
    """

    log_groups: tuple[str, ...]
    table: str = ""
    format: str = "auto"
    ingest: str = "export"
    partition_by: str = "day"
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Says which field is wrong, and what it takes."""
        if not self.log_groups or not all(isinstance(p, str) and p for p in self.log_groups):
            raise ConfigError("log_groups needs at least one pattern, such as /aws/lambda/*")
        if self.table and not _TABLE.fullmatch(self.table):
            raise ConfigError(f"table: {self.table!r} must be 1 to 128 of a-z, 0-9 and _")
        _one_of("format", self.format, FORMATS)
        _one_of("ingest", self.ingest, INGEST)
        _one_of("partition_by", self.partition_by, PARTITION_BY)

    def matches(self, log_group: str) -> bool:
        """Whether a log group belongs to this dataset."""
        return any(fnmatchcase(log_group, pattern) for pattern in self.log_groups)

    def table_for(self, log_group: str) -> str:
        """The table that holds a log group's events: ``/app/ssh`` is ``app_ssh`` where no table is named."""
        return self.table or clean_name(log_group)[:128]

    def to_json(self) -> dict[str, Any]:
        """The entry as the file has it."""
        return {
            "log_groups": list(self.log_groups),
            "table": self.table,
            "format": self.format,
            "ingest": self.ingest,
            "partition_by": self.partition_by,
            "types": {".".join(path): kind.value for path, kind in self.types.items()},
        }


@dataclass(frozen=True)
class Datasets:
    """All entries, in order: the first that matches a log group has it."""

    entries: tuple[Dataset, ...]

    def find(self, log_group: str) -> Dataset | None:
        """The dataset of a log group, or None where no entry matches."""
        return next((entry for entry in self.entries if entry.matches(log_group)), None)

    def to_json(self) -> dict[str, Any]:
        """The whole file."""
        return {"datasets": [entry.to_json() for entry in self.entries]}

    @staticmethod
    def for_groups(log_groups: Iterable[LogGroupName]) -> Datasets:
        """The datasets of somebody who configured nothing: one table per log group, formats found by themselves."""
        literal = (re.sub(r"([*?\[])", r"[\1]", group) for group in log_groups)
        return Datasets(tuple(Dataset((pattern,)) for pattern in literal))


def load_datasets(data: Any) -> Datasets:
    """Validates the file's content.

    Args:
        data: what YAML or JSON gave.

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
            entries.append(_dataset(entry))
        except ConfigError as error:
            raise ConfigError(f"dataset {number}: {error}") from None
    _check_tables(entries)
    return Datasets(tuple(entries))


def _dataset(entry: Any) -> Dataset:
    if not isinstance(entry, Mapping):
        raise ConfigError("an entry is a mapping with log_groups, table, format, ingest, partition_by, types")
    known = set(Dataset.__dataclass_fields__)
    unknown = sorted(set(entry) - known)
    if unknown:
        raise ConfigError(f"unknown field {unknown[0]!r}: an entry takes {', '.join(sorted(known))}")
    groups = entry.get("log_groups")
    if not isinstance(groups, (list, tuple)):
        raise ConfigError("log_groups needs a list of patterns, such as [/aws/lambda/*]")
    types = entry.get("types") or {}
    if not isinstance(types, Mapping):
        raise ConfigError("types is a mapping from field path to type, such as {user.id: bigint}")
    return Dataset(
        log_groups=tuple(groups),
        table=str(entry.get("table") or ""),
        format=entry.get("format", "auto"),
        ingest=entry.get("ingest", "export"),
        partition_by=entry.get("partition_by", "day"),
        types={tuple(str(path).split(".")): _column_type(path, kind) for path, kind in types.items()},
    )


def _column_type(path: str, kind: Any) -> ColumnType:
    names = tuple(member.value for member in ColumnType)
    _one_of(f"types: {path}", kind, names)
    return ColumnType(kind)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"{name}: {value!r} must be one of {', '.join(allowed)}")


def _check_tables(entries: Iterable[Dataset]) -> None:
    """One table has one partitioning: two entries that share a table must agree on it."""
    partitioning: dict[str, str] = {}
    for entry in entries:
        if entry.table and partitioning.setdefault(entry.table, entry.partition_by) != entry.partition_by:
            raise ConfigError(f"table {entry.table} is partitioned by day in one dataset and by hour in another")
