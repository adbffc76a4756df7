"""Reads events with FilterLogEvents.

AWS calls this API "designed for human interaction"; `pipelines.export.read_budget` keeps the job far below its quota.
Masked text stays masked: `unmask` is never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from loglake.aws.faults import translated
from loglake.core.ports.event_reader import EventPage, ReadEvent
from loglake.core.units import LogGroupName
from loglake.core.windows import Window

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

_QUOTAS: Mapping[str, int] = {
    "us-east-1": 25,
    **dict.fromkeys(("ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1"), 5),
    **dict.fromkeys(("us-east-2", "us-west-1", "us-west-2", "ca-central-1", "mx-central-1", "sa-east-1"), 10),
    **dict.fromkeys(("eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2"), 10),
    **dict.fromkeys(("eu-central-2", "af-south-1", "me-south-1", "me-central-1", "ap-east-1", "ap-east-2"), 10),
    **dict.fromkeys(("ap-south-1", "ap-south-2", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1"), 10),
    **dict.fromkeys(("ap-southeast-2", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7"), 10),
}
"""Requests a second (CloudWatch Logs quotas, FilterLogEvents). They can't be raised."""

_UNKNOWN_QUOTA = 5
"""Of a Region that the table lacks: the lowest that is documented."""


class CloudWatchEventReader:
    """Implements `core.ports.EventReader`.

    Attributes:
        quota: the requests a second that the account may make in the client's Region.
    """

    def __init__(self, client: CloudWatchLogsClient) -> None:
        """`client` must not retry: the read budget must see each answer that says to slow down."""
        self._logs = client
        self.quota = _QUOTAS.get(client.meta.region_name, _UNKNOWN_QUOTA)

    def page(self, log_group: LogGroupName, window: Window, token: str) -> EventPage:
        """One page. FilterLogEvents includes both ends, so the half-open window is asked for to ``to_ms - 1``."""
        asked: Any = {"nextToken": token} if token else {}
        with translated("logs:FilterLogEvents", log_group):
            answer = self._logs.filter_log_events(
                logGroupName=log_group, startTime=window.from_ms, endTime=window.to_ms - 1, **asked
            )
        return EventPage(
            [
                ReadEvent(event["timestamp"], event["logStreamName"], event["eventId"], event["message"])
                for event in answer["events"]
            ],
            answer.get("nextToken", ""),
        )
