"""The datasets file, validated. People edit it as YAML and jobs read it as JSON; both have the same shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from loglake.core.schema.contract import Contract
from loglake.core.schema.dataset_checks import KEYS, ReadFile, definition_of, member_of, unfolded
from loglake.core.schema.datasets import INGEST, KEEP, Dataset, Datasets
from loglake.core.schema.redact_key import NO_KEY, RedactKey
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.schema.schema import ColumnType
from loglake.errors import ConfigError


def load_datasets(data: Any, read_file: ReadFile | None = None) -> Datasets:
    """Validates the file's content.

    Args:
        data: what YAML or JSON gave.
        read_file: reads the files that entries name; a job's file has their contents.

    Raises:
        ConfigError: names the entry (from 1), the field and what it takes.
    """
    has_keys = isinstance(data, Mapping) and {"datasets"} <= {*data} <= {"datasets", "redact_key"}
    if not has_keys or not isinstance(data["datasets"], (list, tuple)):
        raise ConfigError(
            "a datasets file has the key datasets, with a list of entries, and redact_key if it needs one"
        )
    if not data["datasets"]:
        raise ConfigError("the datasets file lists no dataset: add an entry with log_groups")
    key = RedactKey.from_json(data["redact_key"]) if data.get("redact_key") is not None else NO_KEY
    entries = []
    for number, entry in enumerate(data["datasets"], 1):
        try:
            entries.append(_dataset(entry, read_file))
            if entries[-1].redact.hashes and not key:
                raise ConfigError("redact: action: hash needs a key: add `redact_key: {secret: NAME}` beside datasets")
        except ConfigError as error:
            raise ConfigError(f"dataset {number}: {error}") from None
    _check_tables(entries)
    return Datasets(tuple(entries), key)


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
    entry = unfolded(entry)
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
        ingest=entry.get("ingest", INGEST[0]),
        partition_by=entry.get("partition_by", "day"),
        types={
            tuple(str(path).split(".")): member_of(ColumnType, f"types: {path}", kind) for path, kind in types.items()
        },
        pattern=definition_of(entry, name, read_file),
        fields=_listed(entry, "fields", "a list of names, in the order of a line") if entry.get("fields") else (),
        multi_line_start_pattern=entry.get("multi_line_start_pattern") or "",
        start=str(entry.get("start") or ""),  # YAML reads a date as a date
        final_pass=entry.get("final_pass", "always"),
        transform=entry.get("transform") or "",
        schema=Contract.from_json(entry["schema"]) if entry.get("schema") is not None else Contract(),
        timezone=str(entry.get("timezone") or ""),
        raw=entry.get("raw", KEEP),
        find_by=_listed(entry, "find_by", "a list of columns, such as [order_number]") if entry.get("find_by") else (),
        redact=Redaction.from_json(entry["redact"]) if entry.get("redact") is not None else NO_REDACTION,
        retention_days=_days(entry.get("retention_days")),
        delete_raw_after=_days(entry.get("delete_raw_after")),
    )


def _days(given: Any) -> Any:
    """A number of days, which may be written as ``30 days``; anything else as it is."""
    number, _, unit = given.partition(" ") if isinstance(given, str) else ("", "", "")
    return int(number) if unit in {"day", "days"} and number.isdecimal() else given


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


def _check_tables(entries: Iterable[Dataset]) -> None:
    """One table has one partitioning and one contract: two entries that share a table must agree on them."""
    first: dict[str, Dataset] = {}
    for entry in entries:
        other = first.setdefault(entry.table, entry) if entry.table else entry
        if other.partition_by != entry.partition_by:
            raise ConfigError(f"table {entry.table} is partitioned by day in one dataset and by hour in another")
        if other.schema != entry.schema:
            raise ConfigError(f"table {entry.table} has one schema setting in one dataset and another in another one")
