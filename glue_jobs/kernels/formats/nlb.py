"""Access logs of Network Load Balancers: one TLS connection per line, fields separated by a space."""

from __future__ import annotations

from glue_jobs.core.schema import FieldPath, Observed, TableSchema
from glue_jobs.kernels.arrow import Booleans, Strings
from glue_jobs.kernels.formats.base import About, Parse
from glue_jobs.kernels.formats.records import EXTRA, TEXT, TIME, WHOLE, Records, bare, line_pattern, types_of

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
    bare("alpn_client_preference_list", shape=r'(?:"[^"]*"(?:,"[^"]*")*|-)'),
    bare("tls_connection_creation_time", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z?|-"),
)
_RECORDS = Records(pattern=line_pattern(_FIELDS, _LATER), fields=types_of(_FIELDS + _LATER), rare={EXTRA: TEXT})


class NlbFormat:
    """Lines such as ``tls 2.0 2026-11-21T08:30:00 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.1:51341 …``.

    The message is the record, and there is no level. Times are UTC, and the ALPN list keeps the quotes of its items.
    """

    id = "nlb"
    source = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html"
    about = About(
        title="Access logs of Network Load Balancers, for TLS listeners",
        detection=(
            "The type tls, a version and the other fields up to domain_name at their places, then those of any version."
        ),
        level="None.",
        example=(
            "tls 2.0 2026-11-21T08:30:00 net/web/c6e77e28c25b2234 g3d4b5e8bb8464cd 192.0.2.20:51341 10.0.0.5:443 5 2 "
            "98 246 - - - ECDHE-RSA-AES128-SHA tlsv12 - web-c6e77e28c25b2234.elb.eu-central-1.amazonaws.com "
            "- - - 2026-11-21T08:29:50"
        ),
        fields=_RECORDS.fields,
        rare=_RECORDS.rare,
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event has the fields up to ``domain_name``, and after that those of some version."""
        return _RECORDS.matches(raw)

    def observe(self, raw: Strings) -> dict[FieldPath, Observed]:
        """All fields, by their AWS names, and `EXTRA` where there is more."""
        return _RECORDS.observe(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `Records.parser`."""
        return _RECORDS.parser(schema, rest)
