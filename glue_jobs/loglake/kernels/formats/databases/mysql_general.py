"""The general query log of MySQL and MariaDB: each connection and each statement, as RDS and Aurora publish it."""

from __future__ import annotations

from loglake.kernels.arrow import coalesce, pc, without
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import CLOCK, ISO_DAY, Sign
from loglake.kernels.formats.text_fields import cut

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)|\d{6} (?: \d|\d\d):\d\d:\d\d"
_COMMANDS = "|".join(
    (
        *("Sleep", "Quit", "Init DB", "Query", "Field List", "Create DB", "Drop DB", "Refresh", "Shutdown"),
        *("Statistics", "Processlist", "Connect Out", "Connect", "Kill", "Debug", "Ping", "Time", "Delayed insert"),
        *("Change user", "Binlog Dump GTID", "Binlog Dump", "Table Dump", "Register Slave", "Register Replica"),
        *("Prepare", "Execute", "Long Data", "Close stmt", "Reset stmt", "Set option", "Fetch", "Daemon"),
        *("Reset Connection", "Error"),
    )
)
"""https://dev.mysql.com/doc/refman/8.4/en/thread-commands.html: in the log, an event's class is the command's name."""

_CONNECT = r"^(?P<user>[^@\s]*)@(?P<client_host>\S*) (?:as \S* )?on(?: (?P<database>\S+))?(?: using |\s*$)"


class MysqlGeneralFormat(LayoutsFormat):
    """Lines such as ``2026-11-21T08:00:00.123456Z<tab>   12 Query<tab>SELECT 1``.

    Before MySQL 5.7, a line of the same second as the one before it has no time.
    """

    layouts = Layouts(
        shapes=(
            rf"^(?:(?P<timestamp>{_TIME})\t|\t\t) *(?P<thread_id>\d+) (?P<command>{_COMMANDS})"
            r"(?:\t+(?P<argument>(?s:.*))|\s*)$",
        ),
        fields={"timestamp": TEXT, "thread_id": WHOLE, "command": TEXT},
        derived={"user": TEXT, "client_host": TEXT, "database": TEXT},
    )
    signs = (Sign(rf"{ISO_DAY}T{CLOCK}\.\d{{6}}[Z+-]|\d{{6}} [ \d]\d:|\t\t"),)
    id = "mysql_general"
    about = About(
        title="General query logs of MySQL and MariaDB",
        source="https://dev.mysql.com/doc/refman/8.4/en/query-log.html",
        detection="A time, a tab, the number of a connection, a command of MySQL's, and what it works on after a tab.",
        level="None.",
        example="2026-11-21T08:00:00.123456Z\t   12 Query\tSELECT id FROM orders",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """The message is the statement, or the command if there is none."""
        rest = {name: texts for name, texts in groups.items() if name != "argument"}
        text = without(pc.utf8_rtrim(groups["argument"], "\r\n\t "), "")
        found = cut(pc.if_else(pc.equal(groups["command"], "Connect"), text, ""), _CONNECT)
        return {**rest, **found, "message": coalesce(text, groups["command"])}
