"""Query logs of the Route 53 Resolver (VPC Resolver): one JSON object per DNS query."""

from __future__ import annotations

from loglake.kernels.formats.base import About
from loglake.kernels.formats.json_kinds import JsonRecordFormat
from loglake.kernels.formats.signs import BRACE, Sign


class Route53ResolverFormat(JsonRecordFormat):
    """JSON objects that start with ``version``, and have ``query_timestamp``, name and type of the query, ``rcode``.

    The message is what was asked and how it ended, such as ``AAAA example.com. NOERROR``; there is no level. The
    answers stay JSON text.
    """

    start = r'"version"\s*:\s*"\d'
    keys = ('"query_timestamp"', '"query_name"', '"query_type"', '"rcode"')
    message = (("query_type",), ("query_name",), ("rcode",))
    signs = (Sign(BRACE, "query_t"),)
    id = "route53_resolver"
    about = About(
        title="Query logs of the Route 53 Resolver",
        source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html",
        detection=(
            "A JSON object that starts with version, and has query_timestamp, query_name, query_type and rcode."
        ),
        level="None.",
        example=(
            '{"version":"1.100000","query_timestamp":"2026-11-21T08:30:00Z","query_name":"shop.example.com.",'
            '"query_type":"A","rcode":"NOERROR","srcaddr":"10.0.0.5"}'
        ),
        note="The fields of the object.",
    )
