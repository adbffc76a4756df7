"""The error log of SQL Server, and the log of its agent, as RDS publishes them."""

from __future__ import annotations

import pyarrow as pa

from loglake.kernels.arrow import choose, coalesce, lookup, pc
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.levels import level_in_text, no_level
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import CLOCK, ISO_DAY, Sign
from loglake.kernels.formats.text_fields import REST, cut

_ERROR = r"^Error: (?P<error_number>\d+), Severity: (?P<severity>\d{1,2}), State: (?P<state>\d+)"
_USER = r"^Login \w+ for user '(?P<user>[^']*)'"
_CLIENT = r"\[CLIENT: (?P<client_address>[^\]]*)\]"
_level_of_mark = lookup({"!": "ERROR", "+": "WARN", "?": "INFO"})
"""https://learn.microsoft.com/ssms/agent/sql-server-agent-error-log: error, warning, information."""


class SqlServerFormat(LayoutsFormat):
    """Lines such as ``2026-11-21 08:00:00.12 spid7s     text``; of its agent ``2026-11-21 08:00:00 - ! [298] text``."""

    layouts = Layouts(
        shapes=(
            rf"^(?P<timestamp>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d) "
            rf"(?P<source>spid\d+[a-z]?|Server|Logon|Backup|Service|Cluster|Audit)[ \t]+{REST}",
            rf"^(?P<timestamp>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d) - (?P<mark>[!+?]) \[(?P<event_number>\d+)\] {REST}",
        ),
        fields={"timestamp": TEXT, "source": TEXT, "mark": TEXT, "event_number": WHOLE},
        derived={
            "error_number": WHOLE,
            "severity": WHOLE,
            "state": WHOLE,
            "user": TEXT,
            "client_address": TEXT,
        },
    )
    signs = (Sign(rf"{ISO_DAY} {CLOCK}\.\d\d |{ISO_DAY} {CLOCK} - "),)
    id = "sqlserver"
    about = About(
        title="SQL Server: error log and agent log",
        source="https://learn.microsoft.com/sql/tools/configuration-manager/viewing-the-sql-server-error-log",
        detection=(
            "A time with hundredths and a source such as spid52, Server, Logon or Backup; or a time, a dash, one of "
            "! + ? and a number in brackets."
        ),
        level=(
            "Of a line that names an error: FATAL from severity 20, ERROR from 11, else INFO. In the agent's log ! is "
            "ERROR, + is WARN, ? is INFO. Else a word such as ERROR near the start of the text."
        ),
        example="2026-11-21 08:00:00.12 Logon       Error: 18456, Severity: 14, State: 8.",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts error, user and client out of the text."""
        text = groups["message"]
        found = {**cut(text, _ERROR), **cut(text, _USER), **cut(text, _CLIENT)}
        severity = found["severity"].cast(pa.int64())
        level = choose(pc.greater_equal(severity, 20), "FATAL", choose(pc.greater_equal(severity, 11), "ERROR", "INFO"))
        marked = _level_of_mark(groups["mark"]) if "mark" in groups else no_level(len(text))
        return {**groups, **found, "level": coalesce(level, marked, level_in_text(text))}
