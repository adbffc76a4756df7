from __future__ import annotations

import ipaddress
from typing import Union

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.logs.parsed import parsed_rows, schema_of

from loglake.core.schema.schema import TableSchema
from loglake.kernels.arrow import Strings
from loglake.kernels.formats.notation import KINDS_OF_ALL
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.steps import step_of

pytestmark = pytest.mark.unit

_Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
ALB = FORMATS["alb"].about.example


@given(st.lists(st.tuples(st.ip_addresses(), st.integers(0, 65535), st.booleans()), min_size=1, max_size=4))
def test_an_address_and_its_port_are_what_was_joined(
    ends: list[tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int, bool]],
) -> None:
    texts = [f"[{ip}]:{port}" if brackets and ip.version == 6 else f"{ip}:{port}" for ip, port, brackets in ends]
    groups: dict[str, Strings] = {"client_port": pa.array([*texts, None], pa.string())}
    step_of({"take": "client:port", "as": "address_and_port", "names": "client"}, KINDS_OF_ALL).step(groups)
    assert groups["client_ip"].to_pylist() == [*(str(ip) for ip, _, _ in ends), None]
    assert groups["client_port_number"].to_pylist() == [*(str(port) for _, port, _ in ends), None]


_NAMES = ("method", "url", "protocol", "url_host", "url_port", "path", "query")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("GET http://a.example:80/b?c=d HTTP/1.1", "GET http://a.example:80/b?c=d HTTP/1.1 a.example 80 /b c=d"),
        ("POST /b HTTP/2.0", "POST /b HTTP/2.0 - - /b -"),
        ("GET https://a.example:443/?q HTTP/1.1", "GET https://a.example:443/?q HTTP/1.1 a.example 443 / q"),
        ("- http://a.example:80- -", "- - - - - - -"),
        ("", "- - - - - - -"),
    ],
)
def test_a_request_line_is_split(line: str, parts: str) -> None:
    groups: dict[str, Strings] = {"request": pa.array([line], pa.string())}
    step_of({"take": "request", "as": "request_line"}, KINDS_OF_ALL).step(groups)
    assert [groups[name][0].as_py() or "-" for name in _NAMES] == parts.split()


def test_a_table_without_the_parts_rescues_none_of_them() -> None:
    """They repeat a field that the table has."""
    whole = schema_of(format_of("alb"), [ALB])
    older = TableSchema("t", 1, tuple(each for each in whole.columns if each.name not in ("client_ip", "method")))
    (row,) = parsed_rows(format_of("alb"), [ALB], older)
    assert "_rescued" not in row
    assert (row["client_port"], row["url_host"]) == ("192.0.2.10:2817", "shop.example.com")
