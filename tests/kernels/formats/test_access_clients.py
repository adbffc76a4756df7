"""Who asked, in access logs behind proxies and of several virtual hosts."""

from __future__ import annotations

import pytest
from support.logs.parsed import parsed_rows

from loglake.kernels.formats.registry import FORMATS

pytestmark = pytest.mark.unit

REST = '[21/Nov/2026:08:30:00 +0000] "GET /a HTTP/1.1" 200 2326'


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        ("192.0.2.2 - ana", {"remote_host": "192.0.2.2", "remote_user": "ana"}),
        ("10.0.0.2, 10.0.0.1 - -", {"remote_host": "10.0.0.2, 10.0.0.1"}),
        ("10.0.0.3,10.0.0.2, 10.0.0.1 - ana", {"remote_host": "10.0.0.3,10.0.0.2, 10.0.0.1", "remote_user": "ana"}),
        ("shop.example 192.0.2.2 - -", {"virtual_host": "shop.example", "remote_host": "192.0.2.2"}),
        ("shop.example 2001:db8::1 - -", {"virtual_host": "shop.example", "remote_host": "2001:db8::1"}),
        ("a.example 192.0.2.2 - ana", {"virtual_host": "a.example", "remote_host": "192.0.2.2", "remote_user": "ana"}),
        ("shop.example:443 192.0.2.2 - -", {"virtual_host": "shop.example:443", "remote_host": "192.0.2.2"}),
        ("client.example - ana maria", {"remote_host": "client.example", "remote_user": "ana maria"}),
        ("c.example unix ana", {"remote_host": "c.example", "remote_logname": "unix", "remote_user": "ana"}),
    ],
)  # fmt: skip
def test_each_field_is_at_its_place(head: str, fields: dict[str, str]) -> None:
    (row,) = parsed_rows(FORMATS["access_log"], [f"{head} {REST}"])
    who = ("virtual_host", "remote_host", "remote_logname", "remote_user")
    assert {name: row[name] for name in who if name in row} == fields
    assert (row["status"], row["uri"]) == (200, "/a")


@pytest.mark.parametrize("name", ['"x', '"x"', '"', 'x"', '""'])
def test_a_name_with_a_quote_is_kept_among_many_lines(name: str) -> None:
    rows = parsed_rows(FORMATS["access_log"], [f"192.0.2.1 - - {REST}"] * 50 + [f"192.0.2.1 {name} - {REST}"])
    assert [row.get("remote_logname") for row in rows] == [None] * 50 + [name]
    assert {row["status"] for row in rows} == {200}


def test_lines_of_both_kinds_keep_their_fields_in_one_batch() -> None:
    rows = parsed_rows(FORMATS["access_log"], [f"shop.example 192.0.2.2 - - {REST}", f"192.0.2.3 - ana {REST}"])
    assert [(row.get("virtual_host"), row["remote_host"], row.get("remote_user")) for row in rows] == [
        ("shop.example", "192.0.2.2", None),
        (None, "192.0.2.3", "ana"),
    ]
