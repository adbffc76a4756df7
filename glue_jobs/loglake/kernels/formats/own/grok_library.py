"""The patterns that a Grok pattern may name, from ``grok_patterns.txt``, and the types of their values.

Fields have the names of Logstash before version 8, which are those of AWS Glue, too. Numbers and times have types.
Quotes around a referrer or an agent are not part of it, and a dash stands for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from loglake.core.schema.schema import ColumnType
from loglake.kernels.formats.own.times import TimeForm, strftime_form


def _read() -> Mapping[str, str]:
    text = files(__package__).joinpath("grok_patterns.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: expression for name, _, expression in (line.partition(" ") for line in lines)}


LIBRARY: Mapping[str, str] = _read()
"""Expressions by name; each may name others."""

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
