"""Logs of AWS WAF: one JSON object per inspected request."""

from __future__ import annotations

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema
from loglake.kernels.arrow import Booleans, Strings
from loglake.kernels.formats.base import About, Parse
from loglake.kernels.formats.json_kinds import Picked, has_all, kind_parser, words
from loglake.kernels.formats.levels import no_level
from loglake.kernels.formats.signs import BRACE, Sign
from loglake.kernels.json.infer_types import infer_json_types

_ACTION: FieldPath = ("action",)
_METHOD: FieldPath = ("httpRequest", "httpMethod")
_URI: FieldPath = ("httpRequest", "uri")

_FIRST = r'"timestamp"\s*:\s*\d+\s*,\s*"formatVersion"'


class WafFormat:
    """JSON objects that start with ``timestamp``, ``formatVersion``, and have ``webaclId`` and ``terminatingRuleId``.

    The message is action, method and path, such as ``BLOCK GET /login``. There is no level: what a rule does with a
    request is in the column ``action``.
    """

    signs = (Sign(BRACE, "webaclI"),)
    id = "waf"
    source = "https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html"
    about = About(
        title="AWS WAF",
        detection=(
            "A JSON object that starts with timestamp and formatVersion, and has webaclId, terminatingRuleId "
            "and httpRequest."
        ),
        level="None: what a rule does with a request is in the column action.",
        example=(
            '{"timestamp":1795249800123,"formatVersion":1,"webaclId":"shop","terminatingRuleId":"Default_Action",'
            '"action":"ALLOW","httpRequest":{"clientIp":"192.0.2.40","uri":"/login","httpMethod":"GET"}}'
        ),
        note="The fields of the object.",
    )

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with the first two keys, as AWS writes it, and has the others and the request."""
        return has_all(raw, '"webaclId"', '"terminatingRuleId"', '"httpRequest"', start=_FIRST)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """See `infer_json_types`."""
        return infer_json_types(raw)

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """See `kind_parser`."""
        return kind_parser(schema, self.matches, (_ACTION, _METHOD, _URI), _describe, rest=rest)


def _describe(picked: Picked) -> tuple[Strings, Strings]:
    message = words(picked[_ACTION], picked[_METHOD], picked[_URI])
    return message, no_level(len(message))
