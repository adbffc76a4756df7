"""The ``log_format`` of nginx; ``about.toml`` says where its variables are described."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglake.kernels.formats.base import TEXT
from loglake.kernels.formats.imports.format import OwnFormat
from loglake.kernels.formats.imports.layouts import USER, USUAL_USER, Part, Slot, layout_shape
from loglake.kernels.formats.imports.names import typed_names
from loglake.kernels.formats.imports.times import strftime_form

COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
)

_TYPES = {name: seen for name, (_, seen) in typed_names("nginx").items()}
_LIST = r"[^\s,]+(?:(?:,| :) [^\s,]+)*"
"""https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_addr"""

_SHAPES = {
    "time_local": r"\d\d/[A-Z][a-z][a-z]/\d+:\d\d:\d\d:\d\d [+-]\d+",
    "remote_user": USER,
    "http_x_forwarded_for": _LIST,
    "proxy_add_x_forwarded_for": _LIST,
}
_USUAL = {_SHAPES["time_local"]: _SHAPES["time_local"], _SHAPES["remote_user"]: USUAL_USER, _LIST: r'[^\s",:][^\s",]*'}
"""Of a list, one value."""

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))|[^$]+|\$")
_DIRECTIVE = re.compile(r"^\s*log_format\s+\S+\s+(?:escape=\w+\s+)?(.*?);?\s*$", re.DOTALL)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def nginx_format(layout: str) -> OwnFormat:
    """The format of a layout: the string of ``log_format``, or the whole directive, or ``combined``.

    Raises:
        ConfigError: it has no variable.
    """
    text = COMBINED if layout.strip() == "combined" else _without_directive(layout)
    return OwnFormat("nginx", [layout_shape(list(_parts(text)), layout, blank="-")])


def _without_directive(layout: str) -> str:
    match = _DIRECTIVE.match(layout)
    if not match:
        return layout
    strings = [re.sub(r"\\(['\"\\])", r"\1", first or second) for first, second in _QUOTED.findall(match[1])]
    return "".join(strings) or match[1]


def _parts(layout: str) -> Iterator[Part]:
    for match in _VARIABLE.finditer(layout):
        name, before, after = match[1] or match[2], layout[: match.start()][-1:], layout[match.end() :][:1]
        if not name:
            yield match[0]
        elif name == "request" and before == '"':
            yield Slot("request", parts=("request_method", "request_uri", "server_protocol"))
        else:
            shape = "" if after == '"' else _SHAPES.get(name) or (_LIST if name.startswith("upstream_") else "")
            forms = (strftime_form("%d/%b/%Y:%H:%M:%S %z"),) if name == "time_local" else ()
            yield Slot(name, _TYPES.get(name, TEXT), shape, forms, usual=_USUAL.get(shape, ""))
