"""Raw objects, and bundles of them: what one Spark task converts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loglake.core.keys import WindowKeys
from loglake.core.schema.contract import Contract
from loglake.core.schema.redaction import NO_REDACTION, Redaction
from loglake.core.schema.schema import ColumnType, FieldPath
from loglake.core.units import LogGroupName
from loglake.core.unreadable import texts
from loglake.core.windows import Window

SAMPLE_BYTES = 4 * 1024 * 1024
"""How many decompressed bytes of an object are sampled at most."""


@dataclass(frozen=True)
class RawObject:
    """One raw object of a window.

    Attributes:
        log_stream: the exact name of its stream in CloudWatch; empty if the object itself says it.
        events: events of the window that the scan of a landed object found; 0 if it was not scanned.
        changed_ms: when an object that may be a plain log file was last changed; 0 if CloudWatch or a service wrote it.
    """

    key: str
    size_bytes: int
    log_stream: str
    events: int = 0
    changed_ms: int = 0

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict."""
        known = {name: getattr(self, name) for name in ("events", "changed_ms") if getattr(self, name)}
        return {"key": self.key, "size_bytes": self.size_bytes, "log_stream": self.log_stream, **known}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> RawObject:
        """The inverse of `to_json`."""
        key, log_stream = texts([data["key"], data["log_stream"]])
        known = {name: int(data.get(name, 0)) for name in ("events", "changed_ms")}
        return RawObject(key, int(data["size_bytes"]), log_stream, **known)


def objects_digest(objects: Iterable[RawObject]) -> str:
    """The SHA-256 of a list of raw objects in its order, as hex digits. The ledger has it for each list in S3."""
    text = json.dumps([raw.to_json() for raw in objects], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Bundle:
    """Raw objects of one window that one Spark task converts, in the order of their keys.

    Attributes:
        number: counts the bundles of a window from 0; part of the output's name.
        attempt: the converter's own folder below the window's staging prefix: the name of its decision, if the window
            has a row.
        elsewhere: other windows of the same log group in the ledger. An event outside `window` but inside one of them
            is left out here, because it is, or will be, a row there.
        pattern: what defines a format of the team's own; see `dataset_checks.definition_of`.
        fields: the fields of a line, in order, for a format with a configured order.
        landed: the objects were landed, not exported. Each may hold other log groups and windows too; only the events
            of this log group and window count here. What is not an event is quarantined by the scan.
        key_prefix: as the ledger row stores it; empty if there is no row.
        timezone: of times that name none; if empty, UTC for `event_time` of plain log files, and none for `log_time`.
        event_start: RE2 that the first line of each event has in plain log files; empty for none.
        transform: ``package.module:function`` that every batch of rows goes through; empty for none.
        transform_path: the folder that its package is in; empty if it is on the path already, as in a Glue job.
        layouts: what the table's schema has of them, for its sample; see `TableSchema`.
        contract: the table's.
        find_by: more columns with Bloom filters than those of ids.
        sample_bytes: how many decompressed bytes of each object are sampled.
        account: of the deployment: log groups that name no account belong to it; empty if it is not known.
        accept_corrupt: events of gzip members that fail their checks are rows all the same.
        omits_raw: rows whose ``message`` is the same text have no ``raw``.
        redact: what is hidden in the events' texts.
    """

    table: str
    log_group: LogGroupName
    window: Window
    generation: int
    number: int
    attempt: str
    objects: tuple[RawObject, ...]
    format: str = "auto"
    partition_by: str = "day"
    elsewhere: tuple[Window, ...] = ()
    types: Mapping[FieldPath, ColumnType] = field(default_factory=dict)
    pattern: str = ""
    fields: tuple[str, ...] = ()
    landed: bool = False
    key_prefix: str = ""
    timezone: str = ""
    event_start: str = ""
    transform: str = ""
    transform_path: str = ""
    layouts: tuple[str, ...] = ()
    contract: Contract = field(default_factory=Contract)
    find_by: tuple[str, ...] = ()
    sample_bytes: int = SAMPLE_BYTES
    accept_corrupt: bool = False
    omits_raw: bool = False
    account: str = ""
    redact: Redaction = NO_REDACTION

    @property
    def keys(self) -> WindowKeys:
        """The S3 keys of the window."""
        decision = self.attempt if self.key_prefix else ""
        return WindowKeys(self.log_group, self.window, self.generation, self.key_prefix, decision)

    @property
    def size_bytes(self) -> int:
        """Bytes of its raw objects, as they are stored."""
        return sum(raw.size_bytes for raw in self.objects)

    @property
    def may_split(self) -> bool:
        """Whether several processes may make its rows.

        What a contract discards shares one file and one limit with what is not an event, and its examples are the first
        ones: both depend on the order of all events.
        """
        return self.contract.allows_all
