"""Query logs of the Route 53 Resolver (VPC Resolver): one JSON object per DNS query."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.json_kinds import Picked, has_all, kind_parser, words
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.signs import BRACE, Sign
from loglake.kernels.json.infer_types import infer_json_types

_TYPE: FieldPath = ("query_type",)
_NAME: FieldPath = ("query_name",)
_CODE: FieldPath = ("rcode",)

_FIRST = r'"version"\s*:\s*"\d'


class Route53ResolverFormat:
    """JSON objects that start with ``version``, and have ``query_timestamp``, name and type of the query, ``rcode``.

    The message is what was asked and how it ended, such as ``AAAA example.com. NOERROR``; there is no level. The
    answers stay JSON text.
    """

    signs = (Sign(BRACE, "query_t"),)
    id = "route53_resolver"
    source = "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html"
    about = About(
        title="Query logs of the Route 53 Resolver",
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

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with the first key, as AWS writes it, and has the others."""
        return has_all(raw, '"query_timestamp"', '"query_name"', '"query_type"', '"rcode"', start=_FIRST)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`."""
        return infer_json_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        return kind_parser(schema, self.matches, (_TYPE, _NAME, _CODE), _describe, rest=rest)


def _describe(picked: Picked) -> tuple[Strings, Strings]:
    message = words(picked[_TYPE], picked[_NAME], picked[_CODE])
    return message, no_level(len(message))
