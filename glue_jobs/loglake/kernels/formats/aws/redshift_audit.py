"""The audit logs of Redshift: connections, changes of users, and each query before it runs."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, matches, pc, without
from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.lines import optional_tail
from loglake.kernels.formats.prefixes import Groups, Layouts, LayoutsFormat
from loglake.kernels.formats.signs import Sign
from loglake.kernels.formats.text_fields import REST

_CONNECTION = (
    *("event", "recordtime", "remotehost", "remoteport", "pid", "dbname", "username", "authmethod", "duration"),
    *("sslversion", "sslcipher", "mtu", "sslcompression", "sslexpansion", "iamauthguid", "application_name"),
    *("driver_version", "os_version", "plugin_name", "protocol_version", "sessionid", "compression"),
)
_NEEDED = _CONNECTION.index("mtu") + 1
"""The fields of every version; later ones were added at the end."""

_USER = (
    *("userid", "username", "oldusername", "action", "usecreatedb", "usesuper", "usecatupd", "valuntil"),
    *("pid", "xid", "recordtime"),
)
_ACTIVITY = ("dbname", "username", "pid", "userid", "xid", "recordtime")
_NUMBERS = (
    *("remoteport", "pid", "duration", "mtu", "protocol_version"),
    *("userid", "usecreatedb", "usesuper", "usecatupd", "xid"),
)

_TIME = r"[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d:\d{3}"
_SHAPES = {"recordtime": _TIME, "event": "[a-z][a-z_ ]+?", "action": "create|drop|alter|rename"}


_BAR = r"\|"
_CELL = r"[^|\n]*?"


def _cells(names: tuple[str, ...]) -> list[str]:
    return [f" *(?P<{name}>{_SHAPES.get(name, _CELL)}) *" for name in names]


class RedshiftAuditFormat(LayoutsFormat):
    """Connection and user logs with bars between padded fields, and the user activity log.

    The last one starts with ``'2026-11-21T08:00:00Z UTC [ db=dev user=app pid=17 userid=100 xid=4567 ]' LOG:``.
    """

    layouts = Layouts(
        shapes=(
            rf"^{_BAR.join(_cells(_CONNECTION[:_NEEDED]))}{optional_tail(_cells(_CONNECTION[_NEEDED:]), _BAR)}\|?\s*$",
            rf"^{_BAR.join(_cells(_USER))}\|?\s*$",
            r"^'(?P<recordtime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)(?: UTC)? \[ db=(?P<dbname>\S*) user=(?P<username>\S*) "
            rf"pid=(?P<pid>\d+) userid=(?P<userid>\d+) xid=(?P<xid>\d+) \]' (?P<severity>LOG|ERROR|WARNING): {REST}",
        ),
        # AWS's names; ``duration`` is in microseconds.
        fields={name: WHOLE if name in _NUMBERS else TEXT for name in (*_CONNECTION, *_USER, *_ACTIVITY, "severity")},
    )
    signs = (Sign("'", " xid="), Sign("", "|"))
    id = "redshift_audit"
    about = About(
        title="Audit logs of Redshift: connections, users, and user activity",
        source="https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html",
        detection=(
            "Fields between bars, with a time such as Sat, 21 Nov 2026 08:00:00:123 at its place; or a time and a "
            "session in single quotes, then LOG."
        ),
        level="Of user activity: LOG is INFO. Of connections: WARN if the authentication failed.",
        example="'2026-11-21T08:00:00Z UTC [ db=dev user=app pid=10243 userid=100 xid=4567 ]' LOG: SELECT 1",
        rare=layouts.types,
    )

    def adjust(self, groups: Groups) -> Groups:
        """The message is the statement; of a connection or user it is what happened."""
        found = {name: without(texts, "") for name, texts in groups.items()}
        if "severity" in groups:
            return {**found, "level": pc.if_else(pc.equal(groups["severity"], "LOG"), "INFO", groups["severity"])}
        what = found["event"] if "event" in found else found["action"]
        failed = choose(matches(what, "^authentication failure"), "WARN", NO_STRING)
        return {**found, "message": pc.binary_join_element_wise(what, found["username"], " "), "level": failed}
