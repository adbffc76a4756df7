"""An unreadable item is reported by its key and a clear reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from loglake.core.unreadable import UnreadableItem, check_format, check_value, check_values, entries, parse, texts
from loglake.core.unreadable import unreadable as item_of
from loglake.errors import OtherVersionItemError, UnreadableItemError

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Settings:
    """A value that is stored."""

    at_ms: int = 0
    name: str = ""
    on: bool = False
    more: Any = None


def deeply(read: Callable[[], Any]) -> Any:
    return deeply(read)


READS: dict[str, tuple[Callable[[], Any], str]] = {
    "a field is missing": (lambda: dict[str, int]()["state"], "it has no field 'state'"),
    "it is nested too deeply": (lambda: deeply(dict), "it is nested too deeply"),
    "it is not JSON": (lambda: json.loads("{"), "it is not JSON (Expecting property name"),
    "it is not UTF-8": (b"\xff".decode, "it is not JSON ('utf-8' codec can't decode"),
    "a value is wrong": (lambda: check_value("at_ms", "x", int), "at_ms is 'x', which is not a number"),
    "it is shorter": (lambda: list[int]()[0], "it is not what was written ("),
    "it has no format": (lambda: check_format(None, 2), "it has no format, and this loglake reads format 2: an older"),
}


@pytest.mark.parametrize(("read", "reason"), READS.values(), ids=READS)
def test_an_item_that_is_not_what_was_written_is_named(read: Callable[[], Any], reason: str) -> None:
    with pytest.raises(UnreadableItemError) as raised:
        parse("group#x", read)
    error = raised.value
    assert (error.key, error.reason[: len(reason)], type(error)) == ("group#x", reason, UnreadableItemError)
    assert item_of(error) == UnreadableItem("group#x", error.reason)
    assert str(item_of(error)) == str(error)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (3, "a newer loglake wrote it, so deploy that one"),
        (1, "it has format 1, and this loglake reads format 2: an older loglake"),
    ],
)
def test_an_item_of_another_loglake_is_an_error_of_its_own(found: int, why: str) -> None:
    with pytest.raises(OtherVersionItemError, match=why):
        parse("group#x", lambda: check_format(found, 2))


def test_an_item_within_an_item_keeps_its_own_key() -> None:
    def inner() -> None:
        parse("inner", lambda: dict[str, int]()["state"])

    with pytest.raises(UnreadableItemError) as raised:
        parse("outer", inner)
    assert raised.value.key == "inner"


def test_what_can_be_read_is_returned() -> None:
    assert parse("group#x", lambda: 7) == 7
    check_format(2, 2)
    check_values(Settings(7, "x", True, object()))
    assert texts(["a", "b"]) == ("a", "b")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"at_ms": 10**14}, "at_ms is 100000000000000, which is out of range"),
        ({"at_ms": -1}, "at_ms is -1, which is out of range"),
        ({"at_ms": True}, "at_ms is True, which is not a number"),
        ({"name": 7}, "name is 7, which is not text"),
        ({"name": ["x" * 50]}, "name is \\['x{38}…, which is not text"),
        ({"on": 1}, "on is 1, which is not true or false"),
    ],
)
def test_values_are_checked_by_the_type_of_their_default(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_values(Settings(**values))


def test_a_count_may_be_larger_than_a_time() -> None:
    check_value("rows", 10**15, int)
    with pytest.raises(ValueError, match="which is out of range"):
        check_value("rows", 2**63, int)


@pytest.mark.parametrize("values", ["ab", {"a": 1}, None])
def test_letters_and_names_do_not_pass_for_entries(values: object) -> None:
    with pytest.raises(ValueError, match="is not a list"):
        entries(values)


def test_an_entry_that_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="an entry of a list is 7, which is not text"):
        texts(["a", 7])
