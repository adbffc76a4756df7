"""Fields that hold several values, such as ``192.0.2.1:2817``: the values also get columns of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from loglake.core.schema.schema import InferredType
from loglake.kernels.arrow import Strings, coalesce, pc
from loglake.kernels.formats.base import TEXT, WHOLE, FieldTypes
from loglake.kernels.formats.delimited import Cell, Order
from loglake.kernels.formats.records import group_name
from loglake.kernels.formats.text_fields import cut


class Split(NamedTuple):
    """How a field is split.

    Attributes:
        source: the field's name.
        pattern: RE2 with a group per value; with four groups at most it is cut in one pass, several times as fast.
        types: types by name of the values.
        otherwise: a slower pattern for what the first one does not match; empty if there is none.
        order: the values if only separators are between them, which is faster still: what it cuts, the pattern matches.
    """

    source: str
    pattern: str
    types: FieldTypes
    otherwise: str = ""
    order: Order | None = None


def address_and_port(source: str, name: str) -> Split:
    """``192.0.2.1:2817`` as ``<name>_ip`` and ``<name>_port_number``: some services call the whole ``<name>:port``."""
    port = rf":(?P<{name}_port_number>\d+)$"
    types = {f"{name}_ip": TEXT, f"{name}_port_number": WHOLE}
    order = Order((Cell(f"{name}_ip", r"[\d.]+"), Cell(f"{name}_port_number", r"\d+")), ":")
    return Split(source, rf"^(?P<{name}_ip>[\d.]+){port}", types, rf"^\[?(?P<{name}_ip>.*?)\]?{port}", order)


REQUEST_LINE = (
    Split(
        "request",
        r"^(?P<method>[A-Z]+) (?P<url>[^ ]+) (?P<protocol>HTTP/[^ ]+)$",
        {"method": TEXT, "url": TEXT, "protocol": TEXT},
        order=Order((Cell("method", "[A-Z]+"), Cell("url", "[^ ]+"), Cell("protocol", "HTTP/[^ ]+"))),
    ),
    Split(
        "request",
        r"^[A-Z]+ (?:[a-z]+://(?P<url_host>[^/?: ]+)(?::(?P<url_port>\d+))?)?(?P<path>/[^? ]*)?"
        r"(?:\?(?P<query>[^ ]*))? ",
        {"url_host": TEXT, "url_port": WHOLE, "path": TEXT, "query": TEXT},
    ),
)
"""``GET https://example.com:443/orders?id=17 HTTP/1.1``."""


def types_of_splits(splits: Sequence[Split]) -> dict[str, InferredType]:
    """The types of all values by name."""
    return {name: seen for each in splits for name, seen in each.types.items()}


def split(splits: Sequence[Split], groups: dict[str, Strings]) -> None:
    """Adds the values to the groups."""
    for each in splits:
        texts = groups[group_name(each.source)]
        if each.order and pc.all(each.order.matches(texts)).as_py():
            groups |= each.order.cut(texts)
            continue
        found = cut(texts, each.pattern)
        if each.otherwise and next(iter(found.values())).null_count > texts.null_count:
            rest = cut(texts, each.otherwise)
            found = {name: coalesce(values, rest[name]) for name, values in found.items()}
        groups |= found
