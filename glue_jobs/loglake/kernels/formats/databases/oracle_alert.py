"""The alert log of Oracle, as RDS publishes it: a time on a line of its own, then the text."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, coalesce, matches, pc
from loglake.kernels.formats.base import TEXT, About
from loglake.kernels.formats.levels import level_in_text
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import CLOCK, ISO_DAY, Sign
from loglake.kernels.formats.text_fields import cut

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_NEW = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d"
_OLD = rf"{_DAY} {_MONTH} (?: \d|\d\d) \d\d:\d\d:\d\d \d{{4}}"
_TEXT = (
    r"(?:ORA-|Thread \d|Errors in |Error |Starting |Started |Shutting |Stopping |Completed: |ALTER |CREATE |DROP |LGWR|"
    r"ARC|Archived |Current log|LNS|Beginning |Incremental |Private strand|Fatal NI |\*{5}|TNS-|Dumping |Sweep |"
    r"Global Enqueue|Process |Instance |Database |Deadlock |opidrv |opiodr |WARNING: |Media Recovery|Redo )"
)
"""An older time alone on its line is not the alert log's alone, so the text has to be."""


class OracleAlertFormat(LayoutsFormat):
    """Events such as ``2026-11-21T08:00:00.123456+00:00``, a line break, ``Thread 1 advanced to log sequence 17``.

    Before 12.2 the time is ``Sat Nov 21 08:00:00 2026``. A pluggable database's name may stand before the text.
    """

    layouts = Layouts(
        shapes=(
            rf"^(?P<timestamp>{_NEW})\r?\n(?P<message>[^\s](?s:.*))$",
            rf"^(?P<timestamp>{_OLD})\r?\n(?P<message>{_TEXT}(?s:.*))$",
        ),
        fields={"timestamp": TEXT},
        derived={"container": TEXT, "error_code": TEXT},
    )
    signs = (Sign(rf"{ISO_DAY}T{CLOCK}\.\d{{6}}[+-]|[FMSTW][a-z]{{2}} [A-Z][a-z]{{2}} ", "\n"),)
    id = "oracle_alert"
    about = About(
        title="The alert log of Oracle",
        source="https://docs.oracle.com/en/database/oracle/oracle-database/19/admin/monitoring-the-database.html",
        detection=(
            "A line that is a time with microseconds and nothing else; or such a line with an older time, and a text "
            "that starts as those of the alert log do."
        ),
        level=(
            "ERROR if the text has a code such as ORA-00060 or TNS-12535, WARN if it starts with a warning, else a "
            "word such as ERROR near its start."
        ),
        example="2026-11-21T08:00:00.123456+00:00\nORA-00060: Deadlock detected. See Note 60.1 at My Oracle Support",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """Cuts the container and the first code out of the text."""
        text = groups["message"]
        found = {**cut(text, r"^(?P<container>[A-Z][\w$#]*)\(\d+\):"), **cut(text, r"(?P<error_code>(?:ORA|TNS)-\d+)")}
        warned = choose(matches(text, r"^(?:[A-Z][\w$#]*\(\d+\):)?(?i:warning)\b"), "WARN", NO_STRING)
        level = coalesce(choose(found["error_code"].is_valid(), "ERROR", NO_STRING), warned, level_in_text(text))
        return {**groups, **found, "message": pc.utf8_rtrim(text, "\r\n"), "level": level}
