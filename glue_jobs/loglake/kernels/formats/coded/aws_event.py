"""Events of AWS services as JSON that has neither message nor level at the usual places: what each of them is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import NO_STRING, Booleans, Strings, choose, coalesce, matches, no_mask, occurs, pc, to_mask
from loglake.kernels.formats.base import BRACE, Format, Parse, Sign
from loglake.kernels.formats.json_kinds import Picked, has_all, id_types_at, kind_parser, words
from loglake.kernels.formats.json_lines import JsonFormat, braced
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.json.infer_types import infer_and_pick, infer_json_types

_SEVERITY, _SOURCE = ("detail", "severity"), ("source",)


@dataclass(frozen=True)
class Kind:
    """Events of one service.

    Attributes:
        rare: a text that each event has, and that a search finds fast.
        keys: quoted texts that each event has, the rarest first.
        message: the paths whose texts are the message, as far as they are there; each event has the first one.
        level: the path of the level's name.
        failed: RE2 of a message that means ERROR; empty if none does.
        code: the path of an error's code: an event that has one is an ERROR.
        header: the path of a trace header.
    """

    rare: str
    keys: tuple[str, ...]
    message: tuple[FieldPath, ...]
    level: FieldPath = ()
    failed: str = ""
    code: FieldPath = ()
    header: FieldPath = ()

    def matches(self, raw: Strings) -> Booleans:
        """Which events are of this service, not only about one: a logger may put such an event into its own object."""
        mask = to_mask(has_all(raw, *self.keys))
        if mask.any():
            _, (texts,) = infer_and_pick(raw.filter(pa.array(mask)), self.message[:1])
            mask[mask] = to_mask(texts.is_valid())
        return pa.array(mask)

    @property
    def paths(self) -> tuple[FieldPath, ...]:
        """What `describe` needs."""
        own = (self.level, self.code, self.header, _SOURCE if self.level == _SEVERITY else ())
        return (*self.message, *(path for path in own if path))

    def describe(self, picked: Picked) -> tuple[Strings, Strings]:
        """Message and level from the texts at the paths."""
        message = words(*(picked[path] for path in self.message))
        levels = [_error(matches(message, self.failed))] if self.failed else []
        levels += [_error(picked[self.code].is_valid())] if self.code else []
        if self.level == _SEVERITY:
            levels.append(_finding_level(picked[self.level], picked[_SOURCE]))
        elif self.level:
            levels.append(normal_level(picked[self.level]))
        return message, coalesce(*levels, pa.nulls(len(message), pa.string()))


def _error(where: Booleans) -> Strings:
    return choose(pc.fill_null(where, False), "ERROR", NO_STRING)


def _finding_level(texts: Strings, sources: Strings) -> Strings:
    """GuardDuty's severity: high from 7, medium from 4. Others may have words there; numbers are their own."""
    own = choose(pc.equal(sources, "aws.guardduty"), texts, NO_STRING)
    numbers = choose(matches(own, r"^\d+(?:\.\d+)?$"), own, NO_STRING).cast(pa.float64())
    known = choose(pc.greater_equal(numbers, 7), "ERROR", choose(pc.greater_equal(numbers, 4), "WARN", "INFO"))
    return coalesce(known, normal_level(choose(matches(texts, r"^\d+$"), NO_STRING, texts)))


KINDS: Sequence[Kind] = (
    # https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html, with GuardDuty's findings
    Kind(
        "-type",
        ('"detail-type"', '"resources"', '"account"', '"region"', '"source"', '"detail"'),
        (("detail-type",), ("detail", "title"), ("detail", "eventName"), ("detail", "state"), ("detail", "status")),
        level=_SEVERITY,
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    Kind(
        "previous_event_id",
        ('"previous_event_id"', '"execution_arn"'),
        (("type",),),
        failed="(?:Failed|TimedOut|Aborted)$",
    ),
    # https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html
    Kind(
        "wall_name",
        ('"firewall_name"', '"availability_zone"', '"event_timestamp"'),
        (
            *(("event", "event_type"), ("event", "alert", "action"), ("event", "alert", "signature")),
            *(("event", "src_ip"), ("event", "dest_ip")),
        ),
    ),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
    Kind(
        "ModelInvocationLog", ('"ModelInvocationLog"', '"modelId"'), (("operation",), ("modelId",)), code=("errorCode",)
    ),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html, and "Duration (us)" as in
    # https://repost.aws/knowledge-center/elasticache-turn-on-slow-log
    Kind("CacheClusterId", ('"CacheClusterId"', '"CacheNodeId"', '"Command"', '"Duration'), (("Command",),)),
    # https://docs.aws.amazon.com/transfer/latest/userguide/structured-logging.html
    Kind(
        "-type",
        ('"activity-type"', '"resource-arn"'),
        (("activity-type",), ("user",), ("details", "user"), ("path",), ("details", "path"), ("message",)),
        failed="^(?:[A-Z_]*FAILURE|[A-Z_]*ERROR)(?: |$)",
    ),
    # https://docs.aws.amazon.com/iot/latest/developerguide/cwl-format.html
    Kind(
        "principalId",
        ('"principalId"', '"eventType"', '"logLevel"', '"accountId"'),
        (("eventType",), ("status",), ("clientId",), ("reason",), ("details",)),
        level=("logLevel",),
    ),
    # https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html
    Kind(
        "SourceId",
        ('"logSourceId"', '"eventSource"', '"eventTimestamp"', '"logLevel"'),
        (("eventSource",), ("message", "eventType"), ("message", "userName"), ("message", "details")),
        level=("logLevel",),
    ),
    # https://docs.aws.amazon.com/verified-access/latest/ug/ocsfv1-examples.html, also version 0.1 of OCSF
    *(
        Kind(
            "vc_name",
            ('"svc_name"', '"Verified Access"', f'"{name}"', '"class_uid"', '"metadata"'),
            ((name,), ("http_request", "http_method"), ("http_request", "url", "text")),
            header=("metadata", "uid"),
        )
        for name in ("activity_name", "activity")
    ),
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.cloudwatchlogs.envhealth.html, its statuses:
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-status.html
    Kind(
        "HealthTransition",
        ('"HealthTransition"', '"causes"', '"color"', '"status"'),
        (("type",), ("status",)),
        level=("status",),
        failed="^HealthTransition (?:Degraded|Severe)(?: |$)",
    ),
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html
    Kind('_ip"', ('"remote_ip"', '"atype"', '"param"'), (("atype",), ("param", "ns"))),
)


class AwsEventFormat(Format):
    """JSON objects of EventBridge, Step Functions, Network Firewall and others, by their most particular keys."""

    signs = tuple(Sign(BRACE, kind.rare) for kind in KINDS)
    id = "aws_event"

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event is of one of the services."""
        is_event = no_mask(len(raw))
        for kind in KINDS if to_mask(braced(raw)).any() else ():
            if occurs(raw, kind.rare):
                is_event |= to_mask(kind.matches(raw))
        return pa.array(is_event)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`; and the ids of trace headers."""
        kinds = [kind for kind in KINDS if kind.header and occurs(raw, kind.rare)]
        return join_types([infer_json_types(raw), *(id_types_at(raw, kind.matches, kind.header) for kind in kinds)])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        left = rest or JsonFormat().parser(schema)
        for kind in reversed(KINDS):
            left = kind_parser(schema, kind.matches, kind.paths, kind.describe, header=kind.header, rest=left)
        return left
