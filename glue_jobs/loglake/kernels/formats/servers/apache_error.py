"""The error log of Apache's httpd, of versions 2.0 and 2.2, and of 2.4 with module and process."""

from __future__ import annotations

from loglake.kernels.arrow import Strings, coalesce, pc
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.records import Records, RecordsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.splits import address_and_port, split, types_of_splits
from loglake.kernels.formats.text_fields import cut

_SEVERITY = r"emerg|alert|crit|error|warn|notice|info|debug|trace[1-8]"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4}"
_PATTERN = (
    rf"^\[(?P<time>{_DAY})\] \[(?:(?P<module>\w*):)?(?P<severity>{_SEVERITY})\]"
    r"(?: \[pid (?P<pid>\d+)(?::tid (?P<tid>\d+))?\])?(?: \[client (?P<client>[^\]\n]+)\])? ?"
    r"(?P<text>(?s:.*?)(?:, referer: (?P<referer>\S+))?)\s*$"
)
_DETAILS = (
    r"^(?:(?P<source_file>[\w./-]+\.c)\((?P<source_line>\d+)\): )?"
    r"(?:\((?P<error_status>\d+)\)(?:[^\[\]\n]*\[client (?P<client_behind>[^\]\n]+)\] ?|[^\[\]\n]*?: ))?"
    r"(?:\[client (?P<later_client>[^\]\n]+)\] ?)?(?:(?P<error_code>AH\d{5}): )?"
)
"""What the text starts with: https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat (%F, %E, %a)."""


_SPLITS = (address_and_port("client", "client"),)


def _refine(groups: dict[str, Strings]) -> None:
    found = cut(groups["text"], _DETAILS)
    groups["client"] = coalesce(groups["client"], found.pop("client_behind"), found.pop("later_client"))
    groups |= found
    split(_SPLITS, groups)
    groups["level"] = pc.replace_substring_regex(groups["severity"], r"^trace\d$", "trace")


class ApacheErrorFormat(RecordsFormat):
    """Lines such as ``[Sat Nov 21 08:30:00 2026] [error] [client 192.0.2.1] File does not exist: /a``.

    The message is the text after the brackets. If a system error comes before the client's bracket, as in version 2.4,
    both are part of the message. The level is the word in brackets, normalised: ``notice`` is
    INFO, ``crit``, ``alert`` and ``emerg`` are FATAL, ``trace1`` to ``trace8`` are TRACE.
    """

    records = Records(
        pattern=_PATTERN,
        fields={"time": TEXT, "severity": TEXT},
        rare={
            **{"module": TEXT, "pid": WHOLE, "tid": WHOLE, "client": TEXT, "referer": TEXT, **types_of_splits(_SPLITS)},
            **{"source_file": TEXT, "source_line": WHOLE, "error_status": WHOLE, "error_code": TEXT},
        },
        message="text",
        level="level",
        refine=_refine,
    )
    signs = (Sign(r"\[[FMSTW][a-z]{2} "),)
    id = "apache_error"
    about = About(
        title="Error logs of Apache's httpd",
        source="https://httpd.apache.org/docs/2.4/logs.html#errorlog",
        detection="A day and time, then a level of Apache's, each in brackets.",
        level="The word in brackets.",
        example="[Sat Nov 21 08:30:00.123456 2026] [core:error] [pid 31:tid 32] [client 192.0.2.1:2817] no such file",
        fields=records.fields,
        rare=records.rare,
        note="The fields of a JSON object that is the message, too.",
    )
