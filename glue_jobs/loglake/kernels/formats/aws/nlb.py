"""Access logs of Network Load Balancers: one TLS connection per line, fields separated by a space."""

from __future__ import annotations

from functools import partial

from loglake.kernels.formats.base import TIME, WHOLE, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.splits import address_and_port, split, types_of_splits

_FIELDS = (
    bare("type", shape="tls"),
    bare("version", shape=r"\d+\.\d+"),
    bare("time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z?"),
    bare("elb"),
    bare("listener"),
    bare("client:port"),
    bare("destination:port"),
    bare("connection_time", WHOLE),
    bare("tls_handshake_time", WHOLE),
    bare("received_bytes", WHOLE),
    bare("sent_bytes", WHOLE),
    bare("incoming_tls_alert"),
    bare("chosen_cert_arn"),
    bare("chosen_cert_serial"),
    bare("tls_cipher"),
    bare("tls_protocol_version"),
    bare("tls_named_group"),
    bare("domain_name"),
)
_LATER = (
    bare("alpn_fe_protocol"),
    bare("alpn_be_protocol"),
    bare(
        "alpn_client_preference_list",
        shape=r'(?:"[^"]*"(?:,"[^"]*")*|-)',
        usual=r'"[^"\s]*"(?:,"[^"\s]*")*|-',
    ),
    bare("tls_connection_creation_time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z?|-"),
)
_SPLITS = (address_and_port("client:port", "client"), address_and_port("destination:port", "destination"))


class NlbFormat(RecordsFormat):
    """Lines such as ``tls 2.0 2026-11-21T08:30:00 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:51341 …``.

    The message is the record, and there is no level. Times are UTC, and the ALPN list keeps the quotes of its items.
    """

    records = line_records(_FIELDS, _LATER, derived=types_of_splits(_SPLITS), refine=partial(split, _SPLITS))
    signs = (Sign("tls "),)
    id = "nlb"
    about = About(
        title="Access logs of Network Load Balancers, for TLS listeners",
        source="https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html",
        detection=(
            "The type tls, a version and the other fields up to domain_name at their places, then those of any version."
        ),
        level="None.",
        example=(
            "tls 2.0 2026-11-21T08:30:00 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.20:51341 10.0.0.5:443 5 2 "
            "98 246 - - - ECDHE-RSA-AES128-SHA tlsv12 - web-c6e77e28c25b2234.elb.eu-central-1.amazonaws.com "
            "- - - 2026-11-21T08:29:50"
        ),
        fields={**records.fields, **records.derived},
        rare=records.rare,
    )
