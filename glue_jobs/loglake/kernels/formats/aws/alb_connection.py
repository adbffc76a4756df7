"""Connection logs of Application Load Balancers: one TLS or TCP connection per line, fields separated by a space."""

from __future__ import annotations

from loglake.kernels.formats.base import DECIMAL, TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare, quoted
from loglake.kernels.formats.signs import ISO_DAY, Sign

_FIELDS = (
    bare("timestamp", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    bare("client_ip", shape="[0-9A-Fa-f.:]+"),
    bare("client_port", WHOLE),
    bare("listener_port", WHOLE),
    bare("tls_protocol", shape=r"TLSv[\d.]+|-"),
    bare("tls_cipher", shape=r"[\w-]+"),
    bare("tls_handshake_latency", DECIMAL),
    quoted("leaf_client_cert_subject"),
    bare("leaf_client_cert_validity", shape=r"NotBefore=\S+|-"),
    bare("leaf_client_cert_serial_number", shape="[0-9A-Fa-f:]+|-"),
    bare("tls_verify_status", shape=r"Success|Failed:\w+|-"),
)
_LATER = (bare("conn_trace_id", shape=r"TID_\w+|-"), bare("tls_keyexchange"))


class AlbConnectionFormat(RecordsFormat):
    """Lines such as ``2026-11-21T08:30:00.123456Z 192.0.2.1 51234 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.04 "CN=a" …``.

    The message is the record, and there is no level: ``tls_verify_status`` says how it went.
    """

    records = line_records(_FIELDS, _LATER)
    signs = (Sign(rf"{ISO_DAY}T"),)
    id = "alb_connection"
    about = About(
        title="Connection logs of Application Load Balancers",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html",
        detection="The fields from the timestamp to tls_verify_status at their places, then those of any version.",
        level="None.",
        example=(
            "2026-11-21T08:30:00.123456Z 192.0.2.10 51234 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.043 "
            '"CN=shop.example.com,O=Shop" NotBefore=2026-01-01T00:00:00Z;NotAfter=2027-01-01T00:00:00Z FEF257372D5C '
            "Success TID_3180a73013c8ca4bac2f731159d4b0fe"
        ),
        fields=records.fields,
        rare=records.rare,
    )
