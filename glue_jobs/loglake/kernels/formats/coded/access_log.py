"""Access logs of web servers: Apache's and nginx's common and combined formats, and API Gateway's CLF."""

from __future__ import annotations

from loglake.kernels.arrow import NO_STRING, choose, coalesce, matches, pc, without
from loglake.kernels.formats.base import TEXT, WHOLE, Sign, types_in
from loglake.kernels.formats.coded.texts import patterns_of
from loglake.kernels.formats.delimited import Cell
from loglake.kernels.formats.lines import Field, bare, bracketed, line_orders, quoted, types_of
from loglake.kernels.formats.pairs.in_messages import scattered_pairs
from loglake.kernels.formats.shape import EXTRA, MESSAGE, Groups, Shape, ShapedFormat, Shapes
from loglake.kernels.formats.text_fields import beside, cut

_ESCAPED = r'(?:[^"\\]|\\.)*'
r"""Apache writes a quote as ``\"``, nginx as ``\\x22``; either stays as it is written."""

_USUAL = r'(?:[^"\\]|\\[^"])*'

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:_REPLACED_INVALID_REQUEST_ID)?|[\w-]{15,}="

_REQUEST = Field(
    "request",
    TEXT,
    r'"(?P<request>(?P<method>[A-Z]+) (?P<uri>(?:[^"\\]|\\.)*?)(?: (?P<protocol>HTTP/\d(?:\.\d)?))?'
    rf'|(?P<_other>{_ESCAPED}))"',
    Cell(
        "request",
        r'"[A-Z]+ (?:[^\s"\\]|\\[^\s"])+ HTTP/\d(?:\.\d)?"',
        is_quoted=True,
        inner=("method", "uri", "protocol"),
    ),
)

_HEAD = (
    # Proxies list the clients before them.
    bare("remote_host", shape=r'[^\s",\[{]+(?:, ?[^\s",\[{]+)*', usual=r'[^\s",\[{]+(?:,[^\s",\[{]+)*'),
    bare("remote_logname", shape=r"[^\s\[]\S*", usual=r'[^\s"\[]\S*'),  # a thread in brackets is of a logger
    bare("remote_user", shape=r"[^\[\]]+?", usual=r'[^\s"\[\]][^\s\[\]]*'),
    bracketed("time", shape=r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"),
)
_TAIL = (bare("status", WHOLE, r"\d{3}|-"), bare("bytes_sent", WHOLE, r"\d+|-"))
_CLIENT = (quoted("referer", shape=_ESCAPED, usual=_USUAL), quoted("user_agent", shape=_ESCAPED, usual=_USUAL))
_VIRTUAL_HOST = bare("virtual_host", shape=r'[^\s"\[{]+:\d{1,5}')
_FORWARDED = quoted("x_forwarded_for", shape=_ESCAPED, usual=_USUAL)
_REAL_IP = bracketed("real_ip", shape=r"[0-9A-Fa-f:.]+")
_GATEWAY = (bare("request_id", shape=_ID), bare("extended_request_id", shape=r"[\w+/=-]+"))

_ADDRESS = r"^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$"


def _name_virtual_hosts(groups: Groups) -> None:
    """Moves the fields of ``vhost 192.0.2.1 - ana [`` to their places: without a port, a host looks like a client."""
    host, name, user = (groups[field] for field in ("remote_host", "remote_logname", "remote_user"))
    shifted = pc.and_(matches(name, _ADDRESS), pc.invert(matches(host, _ADDRESS)))
    shifted = pc.fill_null(pc.and_(shifted, pc.match_substring(user, " ")), False)
    if not pc.any(shifted).as_py():
        return
    rest = pc.extract_regex(user, r"^(?P<name>\S+) (?P<user>.*)$")
    groups["virtual_host"] = choose(shifted, host, groups["virtual_host"])
    groups["remote_host"] = choose(shifted, name, host)
    groups["remote_logname"] = choose(shifted, pc.struct_field(rest, "name"), name)
    groups["remote_user"] = choose(shifted, pc.struct_field(rest, "user"), user)


_PAIRS = r'^(?:[A-Za-z_][\w.-]*=(?:"[^"]*"|[^\s"]*)(?: |$))+$'

_PROXIES = types_in(
    "request_length:whole request_time:decimal proxy_upstream_name proxy_alternative_upstream_name upstream_addr "
    "upstream_response_length upstream_response_time upstream_status request_count:whole router_name server_url "
    "duration_ms:whole"
)
"""What ingress-nginx and Traefik append; the retries of a request stand between commas."""


def _cut_tails(groups: Groups) -> None:
    """What a proxy appends to the line."""
    for pattern in patterns_of("access_log"):
        extra = groups[EXTRA]
        if extra.null_count == len(extra):
            return
        is_own = pc.fill_null(matches(extra, pattern), False)
        if pc.any(is_own).as_py():
            tail = cut(extra, pattern)
            groups["request_id"] = coalesce(groups["request_id"], tail.pop("own_id", groups["request_id"]))
            groups |= {name: coalesce(groups.get(name, values), values) for name, values in tail.items()}
            groups[EXTRA] = choose(is_own, NO_STRING, extra)


def _cut_pairs(groups: Groups) -> None:
    """The pairs that a ``log_format`` appends: ``rt=0.005 urt="0.005"``. A dash is no value."""
    extra = groups[EXTRA]
    are_pairs = pc.fill_null(matches(extra, _PAIRS), False) if extra.null_count < len(extra) else extra.is_valid()
    if pc.any(are_pairs).as_py():
        pairs = scattered_pairs(choose(are_pairs, extra, ""), fewest=1)
        groups |= {name: without(texts, "-") for name, texts in beside(pairs, groups).items()}
        groups[EXTRA] = choose(are_pairs, NO_STRING, extra)


def _name_message(groups: Groups) -> None:
    """The request line is the message; it is a field in its parts."""
    groups[MESSAGE] = groups.pop("request")
    del groups["_other"]


_PATTERN = (
    rf"^(?:{_VIRTUAL_HOST.pattern} )?{_HEAD[0].pattern} (?:- {_REAL_IP.pattern} )?"
    rf"{' '.join(each.pattern for each in _HEAD[1:])} ?"  # API Gateway has no space there
    rf"{' '.join(each.pattern for each in (_REQUEST, *_TAIL))}"
    rf"(?: {' '.join(each.pattern for each in _CLIENT)}(?: {_FORWARDED.pattern})?)?"
    rf"(?: {_GATEWAY[0].pattern}(?: {_GATEWAY[1].pattern})?)?"
    rf"(?: (?P<{EXTRA}>.*?))?\s*$"
)
_ORDERS = tuple(
    order
    for start in ((), (_VIRTUAL_HOST,))
    for end in ((), _CLIENT, (*_CLIENT, _FORWARDED))
    for order in line_orders((*start, *_HEAD, _REQUEST, *_TAIL, *end))
)


_SHAPE = Shape(
    pattern=_PATTERN,
    orders=_ORDERS,
    fields={**types_of(_HEAD), **types_in("method uri protocol"), **types_of(_TAIL)},
    rare={**types_of((_VIRTUAL_HOST, _REAL_IP, *_CLIENT, _FORWARDED, *_GATEWAY)), **_PROXIES, EXTRA: TEXT},
    steps=(_name_virtual_hosts, _cut_tails, _cut_pairs, _name_message),
    blank="-",
    has_objects=False,
)

ACCESS_LOG = ShapedFormat(
    id="access_log",
    shapes=Shapes((_SHAPE,), always=True),
    fields=_SHAPE.fields,
    rare=_SHAPE.rare,
    signs=tuple(Sign(r'[^ \t\n\f\r"\[{]', literal) for literal in ('] "', ']"')),
)
"""Lines such as ``192.0.2.1 - ana [21/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 2326``, and what may follow.

That is ``"referer" "user agent"`` in the combined format, then ``"x-forwarded-for"`` in nginx's own configuration; a
request id, and an extended one, of API Gateway; anything else is kept in `EXTRA`. A virtual host may come first. The
message is the request line. There is no level: a status of 500 says what
the server did, not how serious it is.

API Gateway's JSON access logs have the fields that their owner chose, so they are read as JSON.
"""
