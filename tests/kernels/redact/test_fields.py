"""Values of fields that are found by their names: in JSON, in JSON in texts of JSON, and in pairs."""

from __future__ import annotations

import json
import time

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.redaction import Redaction
from loglake.kernels.redact.redactor import Redactor

pytestmark = pytest.mark.unit

PASSWORD, USER = {"field": "*password*"}, {"field": "user.email"}


def hidden(text: str, *items: object) -> str:
    redactor = Redactor(Redaction.from_json(list(items)).keyed(b"k" * 32))
    return str(redactor.texts(pa.array([text], pa.string()))[0].as_py())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (r'{"password": "a\"b", "x": 1}', '{"password": "[password]", "x": 1}'),
        (r'{"password": "x\\", "a": 1}', '{"password": "[password]", "a": 1}'),
        ('{"Old_PassWord": 5, "x": [1]}', '{"Old_PassWord": "[password]", "x": [1]}'),
        ('{"password": null, "x": 1}', '{"password": null, "x": 1}'),
        ('{"passwords": {"a": "}"}, "x": 1}', '{"passwords": "[password]", "x": 1}'),
        ('{"passwords": ["a", {"b": "]"}], "x": 1}', '{"passwords": "[password]", "x": 1}'),
        ('{"password": "a", "password": "b"}', '{"password": "[password]", "password": "[password]"}'),
        (r'{"pass\u0077ord": "a\"b", "x": 1}', r'{"pass\u0077ord": "[password]", "x": 1}'),
        (r'{"b": "{\"password\": \"a\\\"b\"}", "y": 1}', r'{"b": "{\"password\": \"[password]\"}", "y": 1}'),
        (r'{"b": "{\"password\": 17, \"x\": 1}"}', r'{"b": "{\"password\": \"[password]\", \"x\": 1}"}'),
        (r'"{\u0022password\u0022: \u0022a%22b\u0022}"', r'"{\u0022password\u0022: \u0022[password]\u0022}"'),
        (r'"{\"c\": \"{\\\"password\\\": \\\"x y\\\"}\"}"', r'"{\"c\": \"{\\\"password\\\": \\\"[password]\\\"}\"}"'),
        (r'{"url": "/a?password\u003dx\u0026y=1"}', r'{"url": "/a?password\u003d[password]\u0026y=1"}'),
        ('at 1 {"password": "a"} and', 'at 1 {"password": "[password]"} and'),
        ("level=info password=hunter2 user=joe", "level=info password=[password] user=joe"),
        (r'password="a b\"c" user=joe', 'password="[password]" user=joe'),
        ("{'password': 'x y', 'b': 1}", "{'password': '[password]', 'b': 1}"),
        ("GET /a?password=hun&ter2&x=1 HTTP/1.1", "GET /a?password=[password]&x=1 HTTP/1.1"),
        ('{"url": "/a?password=x", "n": 1}', '{"url": "/a?password=[password]", "n": 1}'),
        ("password=a,b;c next", "password=[password] next"),
        ("(password=abc, user=joe)", "(password=[password], user=joe)"),
        ("password= user=joe", "password= user=joe"),
        ("password = x user=joe", "password = [password] user=joe"),
        ("Password: my secret words, user: joe", "Password: [password], user: joe"),
        ("password: one two\nnext line", "password: [password]\nnext line"),
        ('"password"="v w" b', '"password"="[password]" b'),
        ("the password is long", "the password is long"),
        ("user[password]=x&b=1 [password] => y", "user[password]=[password]&b=1 [password] => [password]"),
        ("obj['password'] = 'x y'", "obj['password'] = '[password]'"),
        ("password: a, b and c; d, user: joe", "password: [password], user: joe"),
        ("password='it''s' \"password\": \"a\"b\", x", "password='[password]' \"password\": \"[password]\", x"),
        ("\x1b[36mpassword\x1b[0m='x y' \x1b[36ma\x1b[0m=b", "\x1b[36mpassword\x1b[0m='[password]' \x1b[36ma\x1b[0m=b"),
        ('\x1b[34m"password"\x1b[0m: \x1b[32m"x"\x1b[0m', '\x1b[34m"password"\x1b[0m: \x1b[32m"[password]"\x1b[0m'),
        ("user%5Bpassword%5D=x&b=1", "user%5Bpassword%5D=[password]&b=1"),
        ("q=%7B%22password%22%3A%22y%22%7D", "q=%7B%22password%22%3A%22[password]%22%7D"),
        ("next=%2Flogin%3Fpassword%3Dx&a=1", "next=%2Flogin%3Fpassword%3D[password]&a=1"),
        (r'{\x22password\x22:\x22x y\x22}', r'{\x22password\x22:\x22[password]\x22}'),
        ("&quot;password&quot;:&quot;x y&quot;", "&quot;password&quot;:&quot;[password]&quot;"),
    ],
)  # fmt: skip
def test_the_value_of_a_name_is_hidden_and_nothing_else(text: str, left: str) -> None:
    assert hidden(text, PASSWORD) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"password": "cut off, and', '{"password": "[password]'),
        ('{"password": {"a": "cut, off', '{"password": [password]'),
        (r'{"b": "{\"password\": \"cut", "x": 1}', r'{"b": "{\"password\": \"[password]", "x": 1}'),
        ('word": "a"}, "password": "b"}', 'word": "a"}, "password": "[password]"}'),
    ],
)
def test_a_value_without_an_end_goes_as_far_as_its_text(text: str, left: str) -> None:
    assert hidden(text, PASSWORD) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            '{"user": {"id": [1, {"a": 2}], "email": "a"}, "shop": {"email": "b"}}',
            '{"user": {"id": [1, {"a": 2}], "email": "[user_email]"}, "shop": {"email": "b"}}',
        ),
        ('{"x": {"user": {"email": "a"}}, "email": "b"}', '{"x": {"user": {"email": "[user_email]"}}, "email": "b"}'),
        (r'{"us\u0065r": {"email": "a"}}', r'{"us\u0065r": {"email": "[user_email]"}}'),
        ('{"user.email": "a", "email": "b"}', '{"user.email": "[user_email]", "email": "b"}'),
        ('INFO {"user": {"email": "a"}} x', 'INFO {"user": {"email": "[user_email]"}} x'),
        (
            r'{"b": "{\"user\": {\"email\": \"a\"}, \"o\": {\"email\": \"b\"}}"}',
            r'{"b": "{\"user\": {\"email\": \"[user_email]\"}, \"o\": {\"email\": \"b\"}}"}',
        ),
        ("user.email=a email=b", "user.email=[user_email] email=b"),
        ("{'user': {'email': 'a'}} email=b", "{'user': {'email': '[user_email]'}} email=b"),
        ("user={email=a, name=joe}", "user={email=[user_email], name=joe}"),
        (r'{"user":"{\"email\":\"a\"}","email":"b"}', r'{"user":"{\"email\":\"[user_email]\"}","email":"b"}'),
        ('"email": "a"}, "b": 2}', '"email": "[user_email]"}, "b": 2}'),
        ('x"}, "o": {"email": "a"}}', 'x"}, "o": {"email": "[user_email]"}}'),
    ],
)
def test_a_path_is_hidden_where_it_ends_so_and_wherever_it_can_not_be_known(text: str, left: str) -> None:
    assert hidden(text, USER) == left


def test_a_name_below_a_path_that_is_known_is_no_name_elsewhere() -> None:
    text = json.dumps({"body": json.dumps({"user": {"email": "a"}, "shop": {"email": "b"}}), "email": "c"})
    event = json.loads(hidden(text, USER))
    assert (json.loads(event["body"])["shop"], event["email"]) == ({"email": "b"}, "c")


@pytest.mark.parametrize(
    "text",
    [
        "\\" * 100_000 + '"password": 1',
        '"' * 100_000 + "password=1",
        '"password": 1, ' * 10_000,
        '{"password": {' * 10_000,
        '{"user": {"a": 1}, "email": ' * 2_000,
        "password: " + "a b, c " * 20_000,
        "password=" + ",a" * 50_000,
        "x.email: 1 " * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_takes_long(text: str) -> None:
    begun = time.process_time()
    hidden(text, PASSWORD, USER)
    assert time.process_time() - begun < 10


@given(st.lists(st.sampled_from([*"\"\\{}[],:= \n&;'</x", "password", "user", "email", "\\u0070assword"]), max_size=60))
def test_any_text_is_read(signs: list[str]) -> None:
    text = "".join(signs)
    left = hidden(text, PASSWORD, USER)
    assert left == text or "[password]" in left or "[user_email]" in left


def test_a_value_is_dropped_as_its_text_or_null() -> None:
    drop = {**PASSWORD, "action": "drop"}
    assert hidden('{"password": "x", "passwords": [1]}', drop) == '{"password": "", "passwords": null}'


def test_a_field_goes_before_a_pattern_that_finds_the_same() -> None:
    text = '{"user": {"email": "joe@example.com"}, "to": "joe@example.com"}'
    assert hidden(text, "email", {**USER, "action": "drop"}) == '{"user": {"email": ""}, "to": "[email]"}'


def test_a_field_has_the_hash_of_the_pattern_whose_name_its_rule_has() -> None:
    rules = {"name": "email", "action": "hash"}, {"name": "email", "field": "mail", "action": "hash"}
    event = json.loads(hidden('{"mail": "Joe@example.com", "msg": "joe@example.com"}', *rules))
    assert event["mail"] == event["msg"]
