"""CloudTrail as delivered to CloudWatch Logs: one record, a JSON object, per event."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.json_kinds import Picked, has_all, kind_parser, words
from loglake.kernels.formats.signs import BRACE, Sign
from loglake.kernels.json.infer_types import infer_json_types

_SERVICE: FieldPath = ("eventSource",)
_CALL: FieldPath = ("eventName",)
_CODE: FieldPath = ("errorCode",)
_REASON: FieldPath = ("errorMessage",)

_FIRST = '"eventVersion"'


class CloudTrailFormat:
    """JSON objects that start with ``eventVersion``, and have source, name, id and type of an event.

    The message is service and call, then the error if there is one, such as
    ``s3.amazonaws.com GetObject AccessDenied Access Denied``. The level is ERROR if the record has ``errorCode``, else
    null.

    Wrapped records, such as EventBridge's with the record in ``detail``, are plain JSON. S3's event notifications are
    plain JSON too, although they share most of these keys.
    """

    signs = (Sign(BRACE, "eventV"),)
    id = "cloudtrail"
    source = (
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"
    )
    about = About(
        title="CloudTrail, one record per event",
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

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with the first key, as AWS writes it, and has the others."""
        return has_all(raw, '"eventSource"', '"eventName"', '"eventID"', '"eventType"', start=_FIRST)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`."""
        return infer_json_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        return kind_parser(schema, self.matches, (_SERVICE, _CALL, _CODE, _REASON), _describe, rest=rest)


def _describe(picked: Picked) -> tuple[Strings, Strings]:
    message = words(picked[_SERVICE], picked[_CALL], picked[_CODE], picked[_REASON])
    return message, choose(picked[_CODE].is_valid(), "ERROR", NO_STRING)
