"""Fields that hold several values, such as ``192.0.2.1:2817``: the values also get columns of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from loglake.core.schema.schema import InferredType
from loglake.kernels.arrow import Strings
from loglake.kernels.formats.records import TEXT, WHOLE, group_name
from loglake.kernels.formats.text_fields import cut


class Split(NamedTuple):
    """How a field is split.

    Attributes:
        source: the field's name.
        pattern: RE2 with a group per value.
        types: types by name of the values.
    """

    source: str
    pattern: str
    types: Mapping[str, InferredType]


def address_and_port(source: str, name: str) -> Split:
    """``192.0.2.1:2817`` as ``<name>_ip`` and ``<name>_port_number``: some services call the whole ``<name>:port``."""
    pattern = rf"^\[?(?P<{name}_ip>.*?)\]?:(?P<{name}_port_number>\d+)$"
    return Split(source, pattern, {f"{name}_ip": TEXT, f"{name}_port_number": WHOLE})


REQUEST_LINE = Split(
    "request",
    r"^(?P<method>[A-Z]+) (?P<url>(?:[a-z]+://(?P<url_host>[^/?:\s\[]+|\[[^\]\s]*\])(?::(?P<url_port>\d+))?)?"
    r"(?P<path>/[^?\s]*)?(?:\?(?P<query>\S*))?\S*) (?P<protocol>HTTP/\S+)$",
    {"method": TEXT, "url": TEXT, "url_host": TEXT, "url_port": WHOLE, "path": TEXT, "query": TEXT, "protocol": TEXT},
)
"""``GET https://example.com:443/orders?id=17 HTTP/1.1``."""


def types_of_splits(splits: Sequence[Split]) -> dict[str, InferredType]:
    """The types of all values by name."""
    return {name: seen for each in splits for name, seen in each.types.items()}


def split(splits: Sequence[Split], groups: dict[str, Strings]) -> None:
    """Adds the values to the groups."""
    for each in splits:
        groups |= cut(groups[group_name(each.source)], each.pattern)
