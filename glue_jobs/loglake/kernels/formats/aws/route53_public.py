"""Public DNS query logs of Route 53: one query per line, fields separated by a space."""

from __future__ import annotations

from loglake.kernels.formats.base import TIME, About
from loglake.kernels.formats.lines import line_records
from loglake.kernels.formats.records import RecordsFormat, bare
from loglake.kernels.formats.signs import Sign

_FIELDS = (
    bare("version", shape=r"\d+\.\d+"),
    bare("query_timestamp", TIME, r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    bare("hosted_zone_id", shape="Z[0-9A-Z]+"),
    bare("query_name"),
    bare("query_type", shape=r"[A-Z0-9]+"),
    bare("response_code", shape="[A-Z]+"),
    bare("layer_4_protocol", shape="UDP|TCP"),
    bare("edge_location", shape=r"[A-Z]{3}\d+(?:-\w+)?"),
    bare("resolver_ip", shape="[0-9A-Fa-f.:]+"),
    bare("edns_client_subnet", shape="[0-9A-Fa-f.:/]+|-"),
)


class Route53PublicFormat(RecordsFormat):
    """Lines such as ``1.0 2026-11-21T08:30:00Z Z123412341234 example.com A NOERROR UDP FRA6 192.0.2.1 -``.

    The message is the record, and there is no level.
    """

    records = line_records(_FIELDS)
    signs = (Sign(r"\d[\d.][\d. ]{3}"),)
    id = "route53_public"
    about = About(
        title="Public DNS query logs of Route 53",
        source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html",
        detection="The ten fields of AWS's page at their places: a version, a time, the id of a hosted zone and so on.",
        level="None.",
        example="1.0 2026-11-21T08:30:00Z Z123412341234 example.com A NOERROR UDP FRA6 192.0.2.1 198.51.100.0/24",
        fields=records.fields,
        rare=records.rare,
    )
