"""Access logs of Application Load Balancers: one request per line, fields separated by a space, some of them quoted."""

from __future__ import annotations

from functools import partial

from loglake.kernels.formats.base import DECIMAL, TEXT, TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare, quoted
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.splits import REQUEST_LINE, Split, address_and_port, split, types_of_splits
from loglake.kernels.formats.trace_headers import XRAY_ROOT

_FIELDS = (
    bare("type", shape="https?|h2|grpcs?|wss?"),
    bare("time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    bare("elb"),
    bare("client:port"),
    bare("target:port"),
    bare("request_processing_time", DECIMAL),
    bare("target_processing_time", DECIMAL),
    bare("response_processing_time", DECIMAL),
    bare("elb_status_code", WHOLE),
    bare("target_status_code", WHOLE),
    bare("received_bytes", WHOLE),
    bare("sent_bytes", WHOLE),
    quoted("request"),
    quoted("user_agent"),
    bare("ssl_cipher"),
    bare("ssl_protocol"),
)
_LATER = (
    bare("target_group_arn"),
    quoted("trace_id"),
    quoted("domain_name"),
    quoted("chosen_cert_arn"),
    bare("matched_rule_priority", WHOLE),
    bare("request_creation_time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z|-"),
    quoted("actions_executed"),
    quoted("redirect_url"),
    quoted("error_reason"),
    quoted("target:port_list"),
    quoted("target_status_code_list"),
    quoted("classification"),
    quoted("classification_reason"),
)
_NEWEST = (
    bare("conn_trace_id", shape=r'[^\s"]+'),
    quoted("transformed_host"),
    quoted("transformed_uri"),
    quoted("request_transform_status"),
)
_SPLITS = (
    address_and_port("client:port", "client"),
    address_and_port("target:port", "target"),
    *REQUEST_LINE,
    Split("trace_id", XRAY_ROOT, {"xray_trace_id": TEXT}),
)


class AlbFormat(RecordsFormat):
    r"""Lines such as ``https 2026-11-21T08:30:00.123456Z app/web/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.001 …``.

    The message is the request line. Status codes make no level. AWS writes a quote in a value as ``\x22``, and that
    is kept.
    """

    records = line_records(
        _FIELDS, _LATER, _NEWEST, derived=types_of_splits(_SPLITS), message="request", refine=partial(split, _SPLITS)
    )
    signs = (Sign("[ghw][2rst]"),)
    id = "alb"
    about = About(
        title="Access logs of Application Load Balancers",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
        detection="The fields from the type to ssl_protocol at their places, then those of any version.",
        level="None: what a status code means is not for a log format to say.",
        example=(
            "https 2026-11-21T08:30:00.123456Z app/web/50dc6c495c0c9188 192.0.2.10:2817 10.0.0.66:8080 0.001 0.048 "
            '0.000 200 200 34 366 "GET https://shop.example.com:443/orders HTTP/1.1" "curl/8.5.0" '
            "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2"
        ),
        fields={**records.fields, **records.derived},
        rare=records.rare,
    )
