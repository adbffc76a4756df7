"""Events of AWS services as JSON that has neither message nor level at the usual places: what each of them is about."""

from __future__ import annotations

from functools import partial
from typing import Callable

import pyarrow as pa

from loglake.core.schema.schema import FieldPath
from loglake.kernels.arrow import NO_STRING, Strings, choose, coalesce, matches, pc
from loglake.kernels.formats.base import BRACE, Sign
from loglake.kernels.formats.json_kinds import JsonShape, ObjectFormat, if_there
from loglake.kernels.formats.levels import normal_level
from loglake.kernels.formats.objects.paths import paths_of


def _kind(
    keys: tuple[str, ...],
    message: str,
    *,
    level_at: str = "",
    level_of: Callable[..., Strings] = normal_level,
    failed: str = "",
    header: FieldPath = (),
) -> JsonShape:
    """Events of one service; paths are texts with points between their parts."""
    levels = ((paths_of(level_at), level_of),) if level_at else ()
    return JsonShape(keys, paths_of(message), levels=levels, failed=failed, header=header, needs_message=True)


def _finding_level(texts: Strings, sources: Strings) -> Strings:
    """GuardDuty's severity: high from 7, medium from 4. Others may have words there; numbers are their own."""
    own = choose(pc.equal(sources, "aws.guardduty"), texts, NO_STRING)
    numbers = choose(matches(own, r"^\d+(?:\.\d+)?$"), own, NO_STRING).cast(pa.float64())
    known = choose(pc.greater_equal(numbers, 7), "ERROR", choose(pc.greater_equal(numbers, 4), "WARN", "INFO"))
    return coalesce(known, normal_level(choose(matches(texts, r"^\d+$"), NO_STRING, texts)))


_IS_ERROR = partial(if_there, "ERROR")

_RARE = (
    *("-type", "previous_event_id", "wall_name", "ModelInvocationLog", "CacheClusterId", "principalId", "SourceId"),
    *("vc_name", "HealthTransition", '_ip"'),
)
"""Texts that the events have, one of each kind, and that a search finds fast."""

_KINDS = (
    # https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html, with GuardDuty's findings
    _kind(
        ('"detail-type"', '"resources"', '"account"', '"region"', '"source"', '"detail"'),
        "detail-type detail.title detail.eventName detail.state detail.status",
        level_at="detail.severity source",
        level_of=_finding_level,
    ),
    # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
    _kind(('"previous_event_id"', '"execution_arn"'), "type", failed="(?:Failed|TimedOut|Aborted)$"),
    # https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging-contents.html
    _kind(
        ('"firewall_name"', '"availability_zone"', '"event_timestamp"'),
        "event.event_type event.alert.action event.alert.signature event.src_ip event.dest_ip",
    ),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
    _kind(
        ('"ModelInvocationLog"', '"modelId"'),
        "operation modelId",
        level_at="errorCode",
        level_of=_IS_ERROR,
    ),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html, and "Duration (us)" as in
    # https://repost.aws/knowledge-center/elasticache-turn-on-slow-log
    _kind(('"CacheClusterId"', '"CacheNodeId"', '"Command"', '"Duration'), "Command"),
    # https://docs.aws.amazon.com/transfer/latest/userguide/structured-logging.html
    _kind(
        ('"activity-type"', '"resource-arn"'),
        "activity-type user details.user path details.path message",
        failed="^(?:[A-Z_]*FAILURE|[A-Z_]*ERROR)(?: |$)",
    ),
    # https://docs.aws.amazon.com/iot/latest/developerguide/cwl-format.html
    _kind(
        ('"principalId"', '"eventType"', '"logLevel"', '"accountId"'),
        "eventType status clientId reason details",
        level_at="logLevel",
    ),
    # https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html
    _kind(
        ('"logSourceId"', '"eventSource"', '"eventTimestamp"', '"logLevel"'),
        "eventSource message.eventType message.userName message.details",
        level_at="logLevel",
    ),
    # https://docs.aws.amazon.com/verified-access/latest/ug/ocsfv1-examples.html, also version 0.1 of OCSF
    *(
        _kind(
            ('"svc_name"', '"Verified Access"', f'"{name}"', '"class_uid"', '"metadata"'),
            f"{name} http_request.http_method http_request.url.text",
            header=("metadata", "uid"),
        )
        for name in ("activity_name", "activity")
    ),
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.cloudwatchlogs.envhealth.html, its statuses:
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-status.html
    _kind(
        ('"HealthTransition"', '"causes"', '"color"', '"status"'),
        "type status",
        level_at="status",
        failed="^HealthTransition (?:Degraded|Severe)(?: |$)",
    ),
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html
    _kind(('"remote_ip"', '"atype"', '"param"'), "atype param.ns"),
)

AWS_EVENT = ObjectFormat("aws_event", _KINDS, tuple(Sign(BRACE, rare) for rare in _RARE))
"""JSON objects of EventBridge, Step Functions, Network Firewall and others, by their most particular keys."""
