"""Addresses with a port in the fields of a header: ``192.0.2.1:2817`` gets a column for each part too."""

from __future__ import annotations

from collections.abc import Mapping

from loglake.kernels.arrow import Strings, coalesce
from loglake.kernels.formats.text_fields import cut

ADDRESS = "address"

_WITH_PORT = r"^(?:(?P<ip>\d+\.\d+\.\d+\.\d+)|\[(?P<ipv6>[^\]]+)\]):(?P<port>\d{1,5})$"
"""An address of IPv6 without brackets may end in what looks like a port."""


def split_address(name: str, texts: Strings) -> dict[str, Strings]:
    """The addresses and the ports of a field; null if there is no port."""
    found = cut(texts, _WITH_PORT)
    return {f"{name}_ip": coalesce(found["ip"], found["ipv6"]), f"{name}_port": found["port"]}


def with_parts(kinds: Mapping[str, str]) -> dict[str, str]:
    """Kinds by name of the fields, with those of `split_address`."""
    parts: dict[str, str] = {}
    for name, kind in kinds.items():
        if kind == ADDRESS:
            parts.update({f"{name}_ip": "ip", f"{name}_port": "number"})
    return {**kinds, **parts}
