from __future__ import annotations

import ipaddress
import json
import re

import pyarrow as pa
import pytest

from loglake.core.schema.redaction import Redaction
from loglake.errors import ConfigError
from loglake.kernels.redact.hashes import hash_pattern, hashed
from loglake.kernels.redact.redactor import Redactor

pytestmark = pytest.mark.unit

KEY, OTHER = b"k" * 32, b"o" * 32


def hidden(text: str, name: str, key: bytes = KEY) -> str:
    redactor = Redactor(Redaction.from_json([{"name": name, "action": "hash"}]).keyed(key))
    return str(redactor.texts(pa.array([text], pa.string()))[0].as_py())


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("email", ["joe@example.com", "JOE@Example.com", "joe%40example.com", "joe&#64;example.com"]),
        ("card", ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111"]),
        ("iban", ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00"]),
        ("phone", ["+49 151 2345678", "+49 (151) 234-5678"]),
        ("ip", ["2001:db8::7", "2001:DB8:0:0:0:0:0:7"]),
    ],
)
def test_one_value_has_one_hash_however_it_is_written(name: str, same: list[str]) -> None:
    assert len({hidden(text, name) for text in same}) == 1


def test_what_is_written_with_escapes_has_the_hash_of_its_text() -> None:
    event = json.loads(hidden(r'{"a": "\njoe@example.com", "b": "joe\u0040example.com"}', "email"))
    assert event["a"].strip() == event["b"] == hidden("joe@example.com", "email")
    assert hidden("mailto%3Ajoe@example.com", "email") == event["b"]


def test_a_hash_is_one_word_of_its_name_and_80_bits() -> None:
    made = hidden("joe@example.com", "email")
    assert re.fullmatch(r"email_[a-z2-7]{16}", made)
    assert re.fullmatch(hash_pattern("email"), made)
    assert hidden('{"n": 4111111111111111}', "card") == json.dumps({"n": hashed("card", "4111111111111111", KEY)})


def test_another_value_another_name_and_another_key_make_another_hash() -> None:
    made = {hashed("a", "x", KEY), hashed("a", "y", KEY), hashed("b", "x", KEY), hashed("a", "x", OTHER)}
    assert len({each.partition("_")[2] for each in made}) == 4


def test_an_address_stays_one_in_a_range_that_nobody_has() -> None:
    old, new = hidden("10.0.0.1", "ip"), hidden("2001:db8::1", "ip")
    assert ipaddress.ip_address(old) in ipaddress.ip_network("240.0.0.0/4")
    assert ipaddress.ip_address(new) in ipaddress.ip_network("fd00::/8")
    assert re.fullmatch(hash_pattern("ip"), old)
    assert re.fullmatch(hash_pattern("ip"), new)
    assert hidden("10.0.0.1:443", "ip") == f"{old}:443"


def test_without_a_key_nothing_is_hashed() -> None:
    with pytest.raises(ConfigError, match="hash needs a key"):
        hidden("x", "email", b"")


def test_names_with_a_hash_are_no_columns() -> None:
    redactor = Redactor(Redaction.from_json([{"name": "email", "action": "hash"}]).keyed(KEY))
    assert redactor.hides(["user", hidden("joe@example.com", "email")])
    assert not redactor.hides(["email_address", "email"])
