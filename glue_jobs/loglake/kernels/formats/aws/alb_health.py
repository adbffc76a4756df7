"""Health check logs of Application Load Balancers: one check of a target per line, fields separated by a space."""

from __future__ import annotations

from functools import partial

from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.splits import Split, split, types_of_splits

_FIELDS = (
    bare("type", shape="https?|h2|grpc|lambda"),
    bare("time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    bare("latency", DECIMAL),
    bare("target_addr"),
    bare("target_group_id"),
    bare("status", shape="PASS|FAIL"),
    bare("status_code", WHOLE),
    bare("reason_code", shape=r"[A-Za-z]+|-"),
)
_TARGET = Split(
    "target_addr",
    r"^(?P<target_ip>[\d.]+):(?P<target_port_number>\d+)$",
    {"target_ip": TEXT, "target_port_number": WHOLE},
    r"^\[?(?P<target_ip>[0-9A-Fa-f:]+?)\]?:(?P<target_port_number>\d+)$",  # the ARN of a function is neither
)


class AlbHealthFormat(RecordsFormat):
    """Lines such as ``http 2026-11-21T08:30:00.123456Z 0.0195 10.0.0.66:8080 web PASS 200 -``.

    The message is the record, and there is no level: ``status`` says how the check went.
    """

    records = line_records(_FIELDS, derived=types_of_splits([_TARGET]), refine=partial(split, [_TARGET]))
    signs = (Sign("[ghl][2art]"),)
    id = "alb_health"
    about = About(
        title="Health check logs of Application Load Balancers",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-health-check-logs.html",
        detection="The fields from the type to reason_code at their places, with PASS or FAIL.",
        level="None.",
        example="http 2026-11-21T08:30:00.123456Z 1.121980746 10.0.0.66:8080 web FAIL 502 TargetError",
        fields={**records.fields, **records.derived},
        rare=records.rare,
    )
