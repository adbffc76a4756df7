from __future__ import annotations

import re

import pyarrow as pa
import pytest

from loglake.core.schema.datasets_file import load_datasets
from loglake.core.schema.redaction import PATTERNS, Redaction
from loglake.errors import ConfigError
from loglake.kernels.redact.redactor import Redactor, built_in, check_redaction

pytestmark = pytest.mark.unit


def hidden(text: str, *items: object) -> str:
    redactor = Redactor(Redaction.from_json(list(items or PATTERNS)))
    return str(redactor.texts(pa.array([text], pa.string()))[0].as_py())


@pytest.mark.parametrize("pattern", built_in(), ids=lambda pattern: pattern["example"])
def test_each_pattern_finds_its_example(pattern: dict[str, str]) -> None:
    found = hidden(f"a {pattern['example']} b", pattern["name"])
    assert pattern.get("mask", f"[{pattern['name']}]") in found
    assert found.startswith("a ")
    assert found.endswith(" b")


def test_the_names_that_a_dataset_may_have_are_those_of_the_file() -> None:
    assert {pattern["name"] for pattern in built_in()} == {*PATTERNS}


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T08:30:00.123Z 2026-11-21 08:30:00,123 21/Nov/2026:08:30:00 +0100",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7 id 4111111111111112",
        "1764532800000 1764532800000000000 took 23.4567890123456 s",
        "8f5e2f64-1c53-4d6c-9c1c-0c6a5a2d7b11 and 44b82af4-4dce-4c3e-99e7-7d0c9ee3a5e0",
        "std::vec::Vec at src/main.rs:10:5, version 1.2.3, http://shop.example.com:80/orders",
        "arn:aws:iam::123456789012:role/x eni-0a1b2c3d 999.1.2.3",
        "user@localhost, @media, a @ b, GET /a?b=1%20c",
        "IDENTIFIER AB12 IS NOT AN ACCOUNT OF ANY BANK AT ALL",
        "Mozilla/5.0 Chrome/120.0.0.0 Edg/120.0.0.0, route 10.0.0.0/8, abc::def dead::beef",
        "Basic authentication failed, basic configuration, Bearer authentication required",
        "WWW-Authenticate: Bearer realm=example",
    ],
)
def test_what_only_looks_like_a_value_stays(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1234 4111 1111 1111 1111 9", "1234 [card] 9"),
        ("2222 4111 1111 1111 1111", "2222 [card]"),
        ("3782 822463 10005,4111111111111111", "[card],[card]"),
        ("DE89 3704 0044 0532 0130 00 EUR 12", "[iban] EUR 12"),
        ("FROM GB82 WEST 1234 5698 7654 32 TO DE89370400440532013000", "FROM [iban] TO [iban]"),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [bearer]"),
        ("amqp://u:p@ss@mq:5672/v", "amqp://u:[password_in_url]@mq:5672/v"),
        ('{"n": 4111111111111111}', '{"n": "[card]"}'),
        ('{"a": [1, 4111111111111111]}', '{"a": [1, "[card]"]}'),
        (r'{"in": "{\"n\": 4111111111111111, \"ok\": 1}"}', r'{"in": "{\"n\": \"[card]\", \"ok\": 1}"}'),
        (r'{"a": "x\njoe@example.com\ny"}', r'{"a": "x\n[email]\ny"}'),
        (r'{"a": "joe\u0040example.com"}', '{"a": "[email]"}'),
        (r"C:\njoe@example.com", r"C:\n[email]"),
        ("joe\x1b[0m@example.com \x1b[1mok", "[email] \x1b[1mok"),
        ("10.0.0.1:443 [2001:db8::1]:80 ::1", "0.0.0.0:443 [0.0.0.0]:80 0.0.0.0"),
        ("ORA-00060:2001:db8::ce56 is, peer:2001:db8::1:99999", "ORA-00060:0.0.0.0 is, peer:0.0.0.0:99999"),
        ("a\x02joe@example.com\x03b", "a\x02[email]\x03b"),
        ("käse joe@example.com 日本 ann@example.com", "käse [email] 日本 [email]"),
        ("müller.x@example.com, joe@münchen.de", "[email], [email]"),
        ('{"card": 4111111111111111.0, "n": 1}', '{"card": "[card]", "n": 1}'),
        ('{"card": -4111111111111111}', '{"card": "[card]"}'),
        ("sms to +15551234567 200 35ms", "sms to [phone] 200 35ms"),
        ("+49301234567 2026-01-05 10:00", "[phone] 2026-01-05 10:00"),
        ("+15551234567 555-123-4567", "[phone] [phone]"),
        ("call (555)123-4567 now", "call [phone] now"),
        ("Basic am9lOnM= and Bearer 12|s3crABC", "Basic [bearer] and Bearer [bearer]"),
        ('Bearer\t123456 bearer="abc.DEF_1"', 'Bearer\t[bearer] bearer="[bearer]"'),
        ("postgres://user@server:s3cr@host/db", "postgres://user@server:[password_in_url]@host/db"),
        (f"AWS Secret Access Key [None]: {'Ab1/' * 10}", "AWS Secret Access Key [None]: [aws_key]"),
        (f"the secret access key is {'Ab1/' * 10}.", "the secret access key is [aws_key]."),
        ("card=4111+1111+1111+1111&x=1", "card=[card]&x=1"),
        ("iban=DE89+3704+0044+0532+0130+00&x=1", "iban=[iban]&x=1"),
        ("tel=%2B49+30+1234567&x=%28555%29123-4567", "tel=[phone]&x=[phone]"),
        ("Authorization=Bearer+abcDEF123", "Authorization=Bearer+[bearer]"),
    ],
)
def test_exactly_the_value_is_replaced(text: str, left: str) -> None:
    assert hidden(text) == left


def test_a_dropped_value_leaves_nothing_and_its_number_null() -> None:
    drop = {"name": "card", "action": "drop"}
    assert hidden("pay 4111111111111111 now", drop) == "pay  now"
    assert hidden('{"n": 4111111111111111}', drop) == '{"n": null}'


def test_a_pattern_of_ones_own_is_hidden_by_its_name() -> None:
    order = {"name": "order", "pattern": r"(?i)\bord-([0-9]){8}\b"}
    assert hidden("of ORD-12345678, ord-1", order) == "of [order], ord-1"


def test_values_are_counted_by_their_pattern() -> None:
    redactor = Redactor(Redaction.from_json(["email", "ip"]))
    redactor.texts(pa.array(["a@example.com 1.2.3.4 b@example.com", None, "5.6.7.8", "-"], pa.string()))
    assert redactor.counts == {"email": 2, "ip": 2}


def test_texts_without_a_value_are_not_copied() -> None:
    texts = pa.array(["nothing here", None], pa.string())
    assert Redactor(Redaction.from_json(["email"])).texts(texts) is texts
    assert Redactor(Redaction()).texts(texts) is texts


@pytest.mark.parametrize(
    ("redact", "problem"),
    [
        ("email", "redact is a list of 1 to 50 patterns, such as [email, card]"),
        ([], "redact is a list of 1 to 50 patterns, such as [email, card]"),
        (["e-mail"], "redact: name: 'e-mail' must be 1 to 40 of a-z, 0-9 and _, and begin with a letter"),
        (["emial"], "redact: 'emial' is not known: did you mean email?"),
        (["order"], "redact: 'order' is not known: take one of email, "),
        ([5], "redact: 5 must be a name out of email, "),
        ([{"pattern": "x"}], "redact: name: '' must be 1 to 40"),
        ([{"name": "card", "pattern": "x"}], "redact: card is a built-in pattern: give yours another name"),
        ([{"name": "card", "how": "drop"}], "redact: unknown key 'how': an item takes name, pattern, field, action"),
        ([{"name": "card", "action": "burn"}], "redact: card: action: 'burn' must be one of mask, "),
        (["card", "card"], "redact: card is there twice: leave one of them out"),
        ([{"name": "a", "pattern": "(?=x)"}], "redact: a: pattern: "),
        ([{"name": "a", "pattern": "(x"}], "RE2, which reads the pattern, refuses it: missing ): (?:x"),
        ([{"name": "a", "pattern": "x*"}], "redact: a: pattern: 'x*' matches an empty text: write + in the place of *"),
    ],
)
def test_a_bad_rule_gives_a_sentence_with_its_place(redact: object, problem: str) -> None:
    entry = {"log_groups": ["/app"], "redact": redact}
    with pytest.raises(ConfigError, match="^dataset 1: .*" + re.escape(problem)):
        check_redaction(load_datasets({"datasets": [entry]}))


def test_the_rules_are_the_same_after_json() -> None:
    entry = {"log_groups": ["/app"], "redact": ["email", {"name": "order", "pattern": "ORD-[0-9]+", "action": "drop"}]}
    datasets = load_datasets({"datasets": [entry]})
    assert load_datasets(datasets.to_json()) == datasets
    assert datasets.redacts
