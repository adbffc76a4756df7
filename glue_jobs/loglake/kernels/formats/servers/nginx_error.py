"""The error log of nginx."""

from __future__ import annotations

from loglake.kernels.formats.base import TEXT, WHOLE, About
from loglake.kernels.formats.records import Records, RecordsFormat
from loglake.kernels.formats.signs import Sign

_DETAILS = {
    "client": r"[^\s,]+",
    "server": r"[^,]*",
    "request": r'"(?P<request>[^"]*)"',
    "subrequest": r'"(?P<subrequest>[^"]*)"',
    "upstream": r'"(?P<upstream>[^"]*)"',
    "host": r'"(?P<host>[^"]*)"',
    "referrer": r'"(?P<referrer>[^"]*)"',
}
"""What nginx appends about the request that it worked on, in this order."""

_TAIL = "".join(
    f"(?:, {name}: {shape if shape.startswith(chr(34)) else f'(?P<{name}>{shape})'})?"
    for name, shape in _DETAILS.items()
)
_PATTERN = (
    r"^(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<severity>debug|info|notice|warn|error|crit|alert|emerg)\] "
    rf"(?P<pid>\d+)#(?P<tid>\d+): (?:\*(?P<connection>\d+) )?(?P<text>(?s:.*?){_TAIL})\s*$"
)


class NginxErrorFormat(RecordsFormat):
    """Lines such as ``2026/11/21 08:30:00 [error] 31#31: *17 open() "/a" failed, client: 192.0.2.1, server: _``.

    The message is the text after process, thread and connection; the level is the word in brackets, normalised.
    """

    records = Records(
        pattern=_PATTERN,
        fields={"time": TEXT, "severity": TEXT, "pid": WHOLE, "tid": WHOLE},
        rare={"connection": WHOLE, **dict.fromkeys(_DETAILS, TEXT)},
        message="text",
        level="severity",
    )
    signs = (Sign(r"\d{4}/\d\d/\d\d "),)
    id = "nginx_error"
    about = About(
        title="Error logs of nginx",
        source="https://nginx.org/en/docs/ngx_core_module.html#error_log",
        detection="A time with slashes, a level of nginx's in brackets, process and thread.",
        level="The word in brackets.",
        example='2026/11/21 08:30:00 [error] 31#32: *17 open() "/a.png" failed, client: 192.0.2.1, server: example.com',
        fields=records.fields,
        rare=records.rare,
        note="The fields of a JSON object that is the message, too.",
    )
