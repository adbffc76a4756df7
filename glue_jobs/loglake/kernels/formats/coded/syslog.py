"""Lines of syslog daemons: RFC 3164 (``Dec 10 06:55:46 host prog[1]: text``), RFC 5424, and rsyslog's ISO timestamps.

Timestamps stay text: in RFC 3164 they have neither year nor zone.
"""

from __future__ import annotations

import pyarrow as pa

from loglake.core.schema.schema import FieldPath, InferredType, TableSchema, join_types
from loglake.kernels.arrow import (
    NO_STRING,
    Booleans,
    Strings,
    by_value,
    choose,
    coalesce,
    lookup,
    matches,
    occurs,
    pc,
    without,
)
from loglake.kernels.formats.base import CLOCK, ISO_DAY, TEXT, Format, Parse, Sign, declared, types_in
from loglake.kernels.formats.coded.syslog_details import details, types_of
from loglake.kernels.formats.levels import header_level, level_in_text, no_level, normal_level
from loglake.kernels.formats.objects.embedded import may_be_objects
from loglake.kernels.formats.pairs.columns import MARK, Pairs, pair_types, pairs_among
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.pairs.logfmt import LEVEL_KEYS
from loglake.kernels.formats.shape import Groups, Shapes, adjusted, shapes_of
from loglake.kernels.formats.text_fields import REST, beside, cut
from loglake.kernels.formats.times.paths import LOG_TIME

FIELDS = types_in(
    "facility severity timestamp host program pid:whole message_id structured_data syslog_version:whole received seq_no"
)
"""``facility`` and ``severity`` are keywords, such as ``auth`` and ``err``, where the line starts with ``<PRI>``.

RFC 5424 allows any text as ``pid``: if it is no number, it is rescued.
"""

_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)
_severity_of = lookup({str(pri): _SEVERITIES[pri % 8] for pri in range(192)})
_facility_of = lookup({str(pri): _FACILITIES[pri // 8] for pri in range(192)})

_PRI = r"<(?P<_pri>\d{1,2}|1[0-8]\d|19[01])>"
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_DAY = rf"(?:{_MONTH}) (?:[ 0]?[1-9]|[12]\d|3[01])"
_BSD_TIME = rf"(?P<timestamp>{_DAY} \d\d:\d\d:\d\d)"
_LONG = rf"{_DAY}(?: \d{{4}})? \d\d:\d\d:\d\d(?:\.\d{{1,6}})?"
_LONG_TIME = rf"(?P<timestamp>{_LONG})"
_DEVICE_TIME = rf"(?P<_device_time>{_LONG}(?: [A-Z]+)?)"
_RSYSLOG_TIME = r"(?P<timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d)"
_HOST = r"(?P<host>[0-9A-Za-z](?:[\w.:-]*[0-9A-Za-z])?)"
_TAG = r"(?P<program>[^\s:\[\]<>]+(?:<\w+>)?)(?:\[(?P<pid>[^\s\]]+)\])?: ?"
_ZONELESS_TAG = (
    r"(?P<program>[^\s:\[\]<>]*[^\s:\[\]<>A-Z][^\s:\[\]<>]*|[A-Z]{1,2}|[A-Z]{5,})(?:\[(?P<pid>[^\s\]]+)\])?: ?"
)
"""Behind a time and no host, three or four capitals are the time's zone: Aerospike writes such times."""

_BARE_TAG = r"(?P<program>[^\s:\[\]<>]+)\[(?P<pid>\d+)\] "
"""Some write no colon behind the process."""

_NO_TAG = r"(?P<message>(?:last message repeated \d+ times|-- MARK --)\s*)$"

_LINE = rf"{_BSD_TIME} (?:{_HOST} )?{_TAG}{REST}"
_CISCO = (
    rf"^(?:{_PRI})?(?:(?P<seq_no>\d+): )?(?:[*.]?{_LONG_TIME}:? )?(?:{_HOST} )?(?:\d+: )?(?:: )?"
    rf"(?:[*.]?{_DEVICE_TIME}: )?"
    rf"%(?P<program>[A-Z][A-Z0-9_-]*)-(?P<_severity>[0-7])-(?P<message_id>\w+): {REST}"
)
"""https://www.cisco.com/c/en/us/td/docs/security/asa/syslog/asa-syslog.html, and IOS: perhaps with two headers."""

_RFC_5424 = (
    rf"^{_PRI}(?P<syslog_version>[1-9]\d?) (?P<timestamp>-|\d{{4}}-\d\d-\d\dT\S+) (?P<host>\S+) (?P<program>\S+) "
    r"(?P<pid>\S+) (?P<message_id>\S+) "
    rf'(?P<structured_data>-|(?:\[(?:[^\]"\\]|"(?:[^"\\]|\\(?s:.))*")*\])+)(?: (?:\x{{FEFF}})?|$){REST}'
)

_ISO_TIME = r"(?P<timestamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))"
_SURE_HOST = r"(?P<host>localhost|[\w-]+(?:\.[\w-]+)+|[A-Za-z][\w-]*[\d-]\d[\w-]*)"
"""Neither a level nor a word of prose: it has dots, or a number that is behind a hyphen or has two digits."""

_UNPRIORITIZED = rf"^{_ISO_TIME} {_SURE_HOST} (?P<program>\S+) "
_RFC_5424_LINES = (
    rf"{_UNPRIORITIZED}(?P<pid>\S+) (?P<message_id>\S+) "
    r'(?P<structured_data>(?:\[[\w.-]+@\d[\d.]*(?: [\w.@-]+="(?:[^"\\]|\\(?s:.))*")*\])+) '
    rf"{REST}",
    rf"{_UNPRIORITIZED}(?P<pid>-|\d{{1,10}}) (?P<message_id>-) (?P<structured_data>-)(?: |$){REST}",
)
"""As rsyslog's and VMware's files have it: RFC 5424 without the priority. Structured data or dashes make it sure."""

_KNOWN_PROGRAM = (
    "sshd|sudo|CRON|crond|cron|kernel|systemd|systemd-logind|dnsmasq|dhclient|dhcpd|haproxy|rsyslogd"
    r"|postfix/[\w/-]+|polkitd|NetworkManager|chronyd|containerd|dockerd|kubelet|auditd"
)
_ISO_LINE = rf"^{_ISO_TIME} {_SURE_HOST} (?P<program>{_KNOWN_PROGRAM})(?:\[(?P<pid>\d+)\])?: {REST}"
"""As ``journalctl -o short-iso`` prints it. Loggers write such lines, too, so the program has to be known."""

_RECEIVED = r"(?P<received>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))"
"""What collected a line may have put its own time before it, as CloudWatch's export to S3 does."""

_ANY_TIME = (
    r"(?P<timestamp>\d{4}[:/-]\d\d[:/-]\d\d[-T :]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| ?[+-]\d\d:?\d\d)?"
    r"|\d\d/\d\d/\d{4}:\d\d:\d\d:\d\d(?: [A-Z]{3,4})?|\d{9,10}\.\d{3,9})"
)
"""Of devices that keep to no RFC. The priority before it, or the program and its process behind it, make it syslog."""

_ANY_HOST = r"(?P<host>[0-9A-Za-z_](?:[\w.:-]*\w)?)"
_KEYWORDS = rf"(?P<facility>{'|'.join(_FACILITIES)})\.(?P<severity>{'|'.join(_SEVERITIES)}|warn|error|panic|crit)"
"""BusyBox and others write them between host and program: https://git.busybox.net/busybox/tree/sysklogd/syslogd.c"""

_KEYWORD = rf"(?P<severity>{'|'.join(_SEVERITIES)})"
"""F5's BIG-IP writes it alone, and the id of a message before the text: https://my.f5.com/manage/s/article/K12531"""

_CISCO_SIGN = r"%[A-Z][A-Z0-9_-]*-[0-7]-"
_PATTERNS = (
    f"^{_LINE}",
    f"^{_PRI}{_LINE}",
    f"^{_RECEIVED} {_LINE}",
    rf"^(?:{_PRI})?{_LONG_TIME} {_HOST} {_TAG}{REST}",
    rf"^(?:{_PRI})?{_LONG_TIME} {_ZONELESS_TAG}{REST}",
    _RFC_5424,
    rf"^{_RSYSLOG_TIME} {_HOST} {_TAG}{REST}",
    _ISO_LINE,
    rf"^{_BSD_TIME} {_HOST} {_NO_TAG}",
    rf"^(?:{_PRI})?{_BSD_TIME} {_HOST} {_BARE_TAG}{REST}",
    rf"^{_BSD_TIME} {_HOST} {_KEYWORDS} {_TAG}{REST}",
    rf"^{_BSD_TIME} {_HOST} {_KEYWORD} {_TAG}(?:(?P<message_id>[0-9a-f]{{8}}):\d: )?{REST}",
    rf"^{_PRI} ?(?:(?P<syslog_version>1) )?{_ANY_TIME} {_ANY_HOST} {_TAG}{REST}",
    rf"^{_PRI} ?(?:(?P<syslog_version>1) )?{_ANY_TIME} {_ANY_HOST} {REST}",
    *_RFC_5424_LINES,
    rf"^{_PRI}{_BSD_TIME} {_HOST} {REST}",
    rf"^{_BSD_TIME} (?P<host>\d{{1,3}}(?:\.\d{{1,3}}){{3}}) {REST}",
    rf"^(?P<timestamp>\d{{4}}:\d\d:\d\d-\d\d:\d\d:\d\d) {_HOST} {_TAG}{REST}",
)
_LEVEL_AS_PROGRAM = r"^(?i:debug|info|notice|warn|warning|error|fatal|panic)$"
"""Where syslog has the program, Dovecot's own files have the level.

https://doc.dovecot.org/main/core/admin/logging.html
"""

_ENVELOPE = ("level", "message")
_OWN_LEVEL = "_level"
"""The level in the header of a logger whose line syslog carries."""

_NIL = ("timestamp", "host", "program", "pid", "message_id", "structured_data")
"""RFC 5424 writes ``-`` where there is none of these."""


class SyslogFormat(Format):
    """Syslog: timestamp, host, program, process, text."""

    signs = (Sign(rf"<\d|[ADFJMNOS][a-z]{{2}} [ \d]|{ISO_DAY}T{CLOCK}|\d{{4}}:\d\d:"), Sign("", "%"))
    id = "syslog"
    rare = FIELDS

    def matches(self, raw: Strings) -> Booleans:
        """Whether an event starts with a syslog header, up to the program's name."""
        return _shapes(raw).matches(raw)

    def infer_types(self, raw: Strings) -> dict[FieldPath, InferredType]:
        """The fields of the headers that are there, then those of their messages."""
        shapes = _shapes(raw)
        seen = shapes.infer_types(raw)
        if seen.pop(("_pri",), None):
            seen = join_types([{("facility",): TEXT, ("severity",): TEXT}, seen])
        return join_types([seen, join_types(_details_of(cut(own, shape.pattern)) for shape, own in shapes.among(raw))])

    def parser(self, schema: TableSchema, rest: Parse | None = None) -> Parse:
        """The level comes from PRI, else from a word such as ``ERROR`` near the start of the message."""
        with_cisco, plain = (shapes.parser(schema, rest) for shapes in (_WITH_CISCO, _SHAPES))
        return lambda raw: (with_cisco if occurs(raw, _CISCO_SIGN) else plain)(raw)


def _shapes(raw: Strings) -> Shapes:
    """Those that an event may have: few have Cisco's, which would cost all of them."""
    return _WITH_CISCO if occurs(raw, _CISCO_SIGN) else _SHAPES


def _details_of(groups: Groups) -> dict[FieldPath, InferredType]:
    found = _details(groups)
    values, message = pairs_among(found), groups["message"]
    level = _adjust(groups)["level"] if values.keys() & {*LEVEL_KEYS} else no_level(len(message))
    pairs = Pairs(values, message, level)
    own = {name: values for name, values in found.items() if name != _OWN_LEVEL and not name.startswith(MARK)}
    return join_types([declared(types_of(own)), pair_types(pairs, FIELDS)])


def _details(groups: Groups) -> Groups:
    """What the message says, by names that neither the header nor the envelope has; and its pairs."""
    programs = groups.get("program", no_level(len(groups["message"])))
    fields = details(programs, groups["message"])
    if "structured_data" in groups:
        fields |= {name: values for name, values in _parameters(groups).items() if name not in fields}
    return beside(fields, (*FIELDS, *_ENVELOPE))


def _parameters(groups: Groups) -> Groups:
    texts = pc.fill_null(groups["structured_data"], "")
    return scattered_pairs(pc.replace_substring(texts, "\\]", "]"), fewest=1)


def _adjust(groups: Groups) -> Groups:
    pri, cisco_severity = groups.pop("_pri", None), groups.pop("_severity", None)
    device_time = groups.pop("_device_time", None)
    if device_time is not None:
        collected = groups["timestamp"]
        groups |= {LOG_TIME: coalesce(device_time, collected), "timestamp": coalesce(collected, device_time)}
    level = level_in_text(groups["message"])
    if "program" in groups:
        level = coalesce(
            by_value(
                groups["program"],
                lambda names: normal_level(choose(matches(names, _LEVEL_AS_PROGRAM), names, NO_STRING)),
            ),
            level,
        )
    groups = {**_details(groups), **groups}
    for name in (f"{MARK}level", "level.2", f"{MARK}severity", "severity.2", "severity"):
        if name in groups:
            named = choose(matches(groups[name], r"^\d"), NO_STRING, groups[name])  # numbers are of any scale
            level = coalesce(normal_level(named), level)
    if _OWN_LEVEL in groups:
        level = coalesce(header_level(groups.pop(_OWN_LEVEL)), level)
    # An object says its level itself.
    level = choose(pa.array(may_be_objects(groups["message"])), NO_STRING, level)
    if cisco_severity is not None:
        own = _severity_of(cisco_severity)
        groups["severity"], level = own, coalesce(own, level)
    groups = {name: without(texts, "-") if name in _NIL else texts for name, texts in groups.items()}
    if pri is None:
        return {**groups, "level": level}
    digits = pc.if_else(pc.equal(pri, "00"), "0", pri)
    severity = _severity_of(digits)
    severity = coalesce(groups.get("severity", severity), severity)
    return {**groups, "facility": _facility_of(digits), "severity": severity, "level": coalesce(severity, level)}


_TYPES = {"_pri": TEXT, **FIELDS}
_SHAPES = shapes_of(_PATTERNS, _TYPES, steps=(adjusted(_adjust),), is_carrier=True)
_WITH_CISCO = shapes_of((_CISCO, *_PATTERNS), _TYPES, steps=(adjusted(_adjust),), is_carrier=True)
