"""The error logs of MySQL and MariaDB, of RDS and Aurora too, with the times of all their versions."""

from __future__ import annotations

from loglake.kernels.arrow import coalesce, lookup
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import CLOCK, ISO_DAY, Sign
from loglake.kernels.formats.text_fields import REST

_ISO = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)"
_SPACED = r"\d{4}-\d\d-\d\d (?: \d|\d\d):\d\d:\d\d"
_SHORT = r"\d{6} (?: \d|\d\d):\d\d:\d\d"
_PRIORITY = r"\[(?P<priority>System|Note|Warning|ERROR|Error)\] "

_level_of = lookup({"System": "INFO", "Note": "INFO"})


class MysqlErrorFormat(LayoutsFormat):
    """Lines such as ``2026-11-21T08:00:00.123456Z 8 [Warning] [MY-013360] [Server] text``.

    MySQL before 8 has neither code nor subsystem. MariaDB and MySQL before 5.7 write local times with a space, and an
    hour below ten has one digit.
    """

    layouts = Layouts(
        shapes=(
            rf"^(?P<timestamp>{_ISO}) (?P<thread_id>\d+) {_PRIORITY}"
            rf"\[(?P<error_code>MY-\d+)\] \[(?P<subsystem>\w+)\] {REST}",
            rf"^(?P<timestamp>{_ISO}|{_SPACED}) (?P<thread_id>\d+) {_PRIORITY}{REST}",
            rf"^(?P<timestamp>{_SHORT}) {_PRIORITY}{REST}",
            rf"^(?P<timestamp>{_SPACED}|{_SHORT}) (?:(?P<thread>[0-9a-f]+) | )?"
            rf"(?P<subsystem>InnoDB|Percona XtraDB): {REST}",
            rf"^(?P<timestamp>{_ISO}|{_SPACED}|{_SHORT}) (?P<program>mysqld_safe|mysqld_multi|mariadbd-safe) {REST}",
        ),
        fields={
            "timestamp": TEXT,
            "thread_id": WHOLE,
            "thread": TEXT,
            "priority": TEXT,
            "error_code": TEXT,
            "subsystem": TEXT,
            "program": TEXT,
        },
    )
    signs = (Sign(rf"{ISO_DAY}T{CLOCK}\.\d{{6}}[Z+-]|{ISO_DAY} [ \d]\d:\d\d:\d\d |\d{{6}} [ \d]\d:"),)
    id = "mysql_error"
    about = About(
        title="Error logs of MySQL and MariaDB, on RDS and Aurora and elsewhere",
        source="https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html",
        detection=(
            "A time, the number of a thread, and System, Note, Warning or ERROR in brackets; or a time and mysqld_safe."
        ),
        level="The priority: System and Note are INFO.",
        example="2026-11-21T08:00:00.123456Z 8 [Warning] [MY-010055] [Server] IP address '192.0.2.9' has no name",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """The level of the priority."""
        if "priority" not in groups:
            return groups
        return {**groups, "level": coalesce(_level_of(groups["priority"]), groups["priority"])}
