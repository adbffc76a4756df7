"""A line of an access log in the common or the combined format, as it may stand behind a logger's header."""

from __future__ import annotations

from loglake.kernels.formats.header.kinds import KINDS

ACCESS_FIELDS = {
    **{"remote_host": "uri", "remote_logname": "uri", "remote_user": "uri", "time": "common", "method": "method"},
    **{"uri": "uri", "protocol": "http", "status": "status", "bytes_sent": "count"},
    **{"referer": "quoted", "user_agent": "quoted"},
}
"""Kinds of the fields: https://httpd.apache.org/docs/current/logs.html"""

ACCESS_LINE = (
    rf"^(?P<remote_host>\S+) (?P<remote_logname>\S+) (?P<remote_user>\S+) \[(?P<time>{KINDS['common']})\] "
    rf'"(?P<method>{KINDS["method"]}) (?P<uri>\S+) (?P<protocol>{KINDS["http"]})" '
    rf"(?P<status>{KINDS['status']}) (?P<bytes_sent>{KINDS['count']})"
    r'(?: "(?P<referer>[^"\n]*)" "(?P<user_agent>[^"\n]*)")?(?:\s|$)'
)
