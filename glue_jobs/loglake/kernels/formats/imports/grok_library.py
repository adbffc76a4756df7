"""The patterns that a Grok pattern may name, from ``grok_patterns.txt``, and the types of their values.

Fields have the names of Logstash before version 8, which are those of AWS Glue, too; or `ECS_NAMES`. Numbers and times
have types. Quotes around a referrer or an agent are not part of it, and a dash stands for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from loglake.core.schema.schema import ColumnType
from loglake.kernels.formats.imports.times import TimeForm, strftime_form


def _read() -> Mapping[str, str]:
    text = files(__package__).joinpath("grok_patterns.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: expression for name, _, expression in (line.partition(" ") for line in lines)}


LIBRARY: Mapping[str, str] = _read()
"""Expressions by name; each may name others."""

ECS_NAMES: Mapping[str, str] = {
    "clientip": "source.address",
    "clienthost": "source.address",
    "clientport": "source.port",
    "ident": "apache.access.user.identity",
    "auth": "user.name",
    "verb": "http.request.method",
    "request": "url.original",
    "httpversion": "http.version",
    "response": "http.response.status_code",
    "bytes": "http.response.body.bytes",
    "referrer": "http.request.referrer",
    "agent": "user_agent.original",
    "loglevel": "log.level",
    "level": "log.level",
    "module": "apache.error.module",
    "proxy_errorcode": "apache.error.proxy.error.code",
    "proxy_message": "apache.error.proxy.error.message",
    "errorcode": "error.code",
    "pid": "process.pid",
    "tid": "process.thread.id",
    "program": "process.name",
    "progname": "process.name",
    "facility": "log.syslog.facility.code",
    "priority": "log.syslog.priority",
    "logsource": "host.hostname",
    "timestamp8601": "timestamp",
    "user": "user.name",
    "username": "user.name",
    "action": "system.cron.action",
    "pam_module": "system.auth.pam.module",
    "pam_caller": "system.auth.pam.origin",
    "pam_session_state": "system.auth.pam.session_state",
    "syslog5424_pri": "log.syslog.facility.code",
    "syslog5424_ver": "system.syslog.version",
    "syslog5424_ts": "timestamp",
    "syslog5424_host": "host.hostname",
    "syslog5424_app": "process.name",
    "syslog5424_proc": "process.pid",
    "syslog5424_msgid": "event.code",
    "syslog5424_sd": "system.syslog.structured_data",
    "syslog5424_msg": "message",
    "class": "java.log.origin.class.name",
    "method": "log.origin.function",
    "file": "log.origin.file.name",
    "line": "log.origin.file.line",
    "logmessage": "message",
}
"""What the fields are called in the Elastic Common Schema, and in Logstash from version 8 on.

https://github.com/logstash-plugins/logstash-patterns-core/tree/main/patterns/ecs-v1
"""

TYPES: Mapping[str, ColumnType] = {
    **dict.fromkeys(("INT", "POSINT", "NONNEGINT"), ColumnType.BIGINT),
    **dict.fromkeys(("NUMBER", "BASE10NUM"), ColumnType.DOUBLE),
    **dict.fromkeys(
        ("TIMESTAMP_ISO8601", "HTTPDATE", "HTTPDERROR_DATE", "DATESTAMP_RFC2822", "DATESTAMP_EVENTLOG"),
        ColumnType.TIMESTAMP,
    ),
    **dict.fromkeys(("CATALINA_DATESTAMP", "TOMCAT_DATESTAMP"), ColumnType.TIMESTAMP),
}
"""Of a field without a type of its own, by the pattern that it has. All others are text."""

LEVELS = frozenset({"LOGLEVEL", "RUBY_LOGLEVEL"})
"""Patterns whose field is the level."""

FORMS: Mapping[str, tuple[TimeForm, ...]] = {
    "TIMESTAMP_ISO8601": (
        strftime_form("%Y-%m-%dT%H:%M:%S%z"),
        strftime_form("%Y-%m-%d %H:%M:%S,%L"),
        strftime_form("%Y-%m-%d %H:%M"),
    ),
    "HTTPDATE": (strftime_form("%d/%b/%Y:%H:%M:%S %z"),),
    "HTTPDERROR_DATE": (strftime_form("%a %b %d %H:%M:%S.%f %Y"), strftime_form("%a %b %d %H:%M:%S %Y")),
    "DATESTAMP_RFC2822": (strftime_form("%a, %d %b %Y %H:%M:%S %z"),),
    "DATESTAMP_EVENTLOG": (strftime_form("%Y%m%d%H%M%S"),),
    "CATALINA_DATESTAMP": (strftime_form("%b %d, %Y %I:%M:%S %p"),),
    "TOMCAT_DATESTAMP": (
        strftime_form("%Y-%m-%d %H:%M:%S,%L %z"),
        strftime_form("%Y-%m-%d %H:%M:%S %z"),
    ),
}
"""How times are written that not every text format reads."""
