"""CloudTrail as delivered to CloudWatch Logs: one record, a JSON object, per event."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import NO_STRING, Strings, choose
from loglake.kernels.formats.base import About
from loglake.kernels.formats.json_kinds import JsonRecordFormat, Picked
from loglake.kernels.formats.signs import BRACE, Sign

_CODE: FieldPath = ("errorCode",)


class CloudTrailFormat(JsonRecordFormat):
    """JSON objects that start with ``eventVersion``, and have source, name, id and type of an event.

    The message is service and call, then the error if there is one, such as
    ``s3.amazonaws.com GetObject AccessDenied Access Denied``. The level is ERROR if the record has ``errorCode``, else
    null.

    Wrapped records, such as EventBridge's with the record in ``detail``, are plain JSON. S3's event notifications are
    plain JSON too, although they share most of these keys.
    """

    start = '"eventVersion"'
    keys = ('"eventSource"', '"eventName"', '"eventID"', '"eventType"')
    message = (("eventSource",), ("eventName",), _CODE, ("errorMessage",))
    signs = (Sign(BRACE, "ventV"),)
    id = "cloudtrail"
    about = About(
        title="CloudTrail, one record per event",
        source=(
            "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"
        ),
        detection=(
            "A JSON object that starts with eventVersion, and has eventSource, eventName, eventID and eventType."
        ),
        level="ERROR if the record has an errorCode.",
        example=(
            '{"eventVersion":"1.11","eventTime":"2026-11-21T08:30:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject",'
            '"errorCode":"AccessDenied","eventID":"94960c89-0827-44eb-9c4f-f979111461b8","eventType":"AwsApiCall"}'
        ),
        note="The fields of the object.",
    )

    def describe(self, picked: Picked) -> tuple[Strings, Strings]:
        """A record with a code is an ERROR."""
        message, _ = super().describe(picked)
        return message, choose(picked[_CODE].is_valid(), "ERROR", NO_STRING)
