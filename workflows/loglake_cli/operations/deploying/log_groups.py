"""The log groups of an account, and the formats of their recent events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pyarrow as pa

from loglake.core.ports.clock import Clock
from loglake.core.schema.conversion import SchemaSample
from loglake.core.schema.format_choice import AUTO, FLOOR, choose_format
from loglake.errors import AccessDeniedError
from loglake.kernels.sample import count_formats
from loglake_cli.deploy.calls import Clients, call, pages

GLUE_LOGS = "/aws-glue/"
"""The prefix of the log groups of Glue's own jobs: exporting them would write more events to them."""

SAMPLED = 100
"""How many events are sampled."""

MOST_SAMPLED_GROUPS = 200
"""How many log groups are sampled, the largest first: CloudWatch Logs allows a few such calls a second."""

_SURE = 0.95
"""The share of events that a format must recognise to be named; else the conversion decides."""

_SPANS = (timedelta(hours=1), timedelta(days=1), timedelta(days=14))
_PAGES = 3
"""How many answers of a span are read: FilterLogEvents may return some without events."""

_MEASURED_DAYS = 7


@dataclass(frozen=True)
class FoundGroup:
    """A log group.

    Attributes:
        stored_bytes: the compressed size in CloudWatch Logs.
        retention_days: 0 for always.
        formats: how many of the sampled events each format recognises.
        bytes_a_day: incoming bytes, averaged over a week; None if not known.
    """

    name: str
    stored_bytes: int
    retention_days: int
    log_class: str
    formats: dict[str, int] = field(default_factory=dict)
    bytes_a_day: float | None = None

    @property
    def left_out(self) -> str:
        """Why it is not exported; empty if it can be."""
        if self.name.startswith(GLUE_LOGS):
            return "Glue's own jobs write it, loglake's among them"
        return "" if self.log_class == "STANDARD" else f"of the class {self.log_class}, which can't be exported"

    @property
    def sampled(self) -> int:
        """How many events were sampled."""
        return sum(self.formats.values())

    @property
    def format(self) -> str:
        """The format that recognises almost all events; else ``auto``."""
        if not self.formats:
            return AUTO
        chosen = choose_format([SchemaSample("", self.formats, {})])
        share = self.formats.get(chosen, 0) / self.sampled
        return chosen if share >= _SURE or (chosen == FLOOR and share == 1) else AUTO


def find_groups(clients: Clients, clock: Clock, say: Callable[[str], None]) -> Iterator[FoundGroup]:
    """All log groups, by name; exportable ones with a sample of their events.

    Raises:
        AccessDeniedError: they may not be listed.
    """
    groups = list(_listed(clients("logs")))
    exportable = sorted((each for each in groups if not each.left_out), key=lambda each: -each.stored_bytes)
    sampled = {each.name for each in exportable[:MOST_SAMPLED_GROUPS]}
    for number, each in enumerate(groups, 1):
        if each.name not in sampled:
            yield each
            continue
        say(f"Looking at {each.name} ({number:,} of {len(groups):,})")
        texts = [text.rstrip("\n") for text in _recent(clients("logs"), each.name, clock)]
        coming = _bytes_a_day(clients("cloudwatch"), each.name, clock)
        yield replace(each, formats=count_formats(pa.array(texts, pa.string())), bytes_a_day=coming)


def _listed(logs: Any) -> Iterator[FoundGroup]:
    for page in pages(logs, "describe_log_groups", "*"):
        for group in page["logGroups"]:
            yield FoundGroup(
                group["logGroupName"],
                group.get("storedBytes", 0),
                group.get("retentionInDays", 0),
                group.get("logGroupClass", "STANDARD"),
            )


def _recent(logs: Any, name: str, clock: Clock) -> list[str]:
    """Some events of the shortest time range up to now that has any; none if they may not be read."""
    for span in _SPANS:
        since_ms = clock.now_ms() - int(span.total_seconds() * 1000)
        most = {"MaxItems": SAMPLED, "PageSize": SAMPLED}
        found = pages(logs, "filter_log_events", name, logGroupName=name, startTime=since_ms, PaginationConfig=most)
        try:
            texts = [event["message"] for page in islice(found, _PAGES) for event in page.get("events", [])]
        except AccessDeniedError:
            return []
        if texts:
            return texts
    return []


def _bytes_a_day(cloudwatch: Any, name: str, clock: Clock) -> float | None:
    """The incoming bytes a day, by CloudWatch's count; None if that may not be read."""
    end = datetime.fromtimestamp(clock.now_ms() / 1000, tz=timezone.utc)
    try:
        points = call(
            cloudwatch,
            "get_metric_statistics",
            name,
            Namespace="AWS/Logs",
            MetricName="IncomingBytes",
            Dimensions=[{"Name": "LogGroupName", "Value": name}],
            StartTime=end - timedelta(days=_MEASURED_DAYS),
            EndTime=end,
            Period=24 * 60 * 60,
            Statistics=["Sum"],
        )["Datapoints"]
    except AccessDeniedError:
        return None
    return float(sum(point["Sum"] for point in points)) / _MEASURED_DAYS
