"""Logs of AWS WAF: one JSON object per inspected request."""

from __future__ import annotations

from loglake.kernels.formats.base import About
from loglake.kernels.formats.json_kinds import JsonRecordFormat
from loglake.kernels.formats.signs import BRACE, Sign


class WafFormat(JsonRecordFormat):
    """JSON objects that start with ``timestamp``, ``formatVersion``, and have ``webaclId`` and ``terminatingRuleId``.

    The message is action, method and path, such as ``BLOCK GET /login``. There is no level: what a rule does with a
    request is in the column ``action``.
    """

    start = r'"timestamp"\s*:\s*\d+\s*,\s*"formatVersion"'
    keys = ('"webaclId"', '"terminatingRuleId"', '"httpRequest"')
    message = (("action",), ("httpRequest", "httpMethod"), ("httpRequest", "uri"))
    signs = (Sign(BRACE, "webaclI"),)
    id = "waf"
    about = About(
        title="AWS WAF",
        source="https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
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
