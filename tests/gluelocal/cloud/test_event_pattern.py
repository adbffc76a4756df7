"""Event patterns, with the examples of the EventBridge user guide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.events.event_pattern import matches, validate_pattern

pytestmark = pytest.mark.unit

S3_EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "resources": ["arn:aws:s3:::control"],
    "detail": {"bucket": {"name": "control"}, "object": {"key": "requests/a.json", "size": 12}},
}


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        (["a", "b"], "b", True),
        (["a"], "A", False),
        (["a"], ["x", "a"], True),
        (["a"], [], False),
        ([300], 300, True),
        ([True], True, True),
        ([None], None, True),
        ([""], "", True),
        ([{"prefix": "req"}], "requests/x", True),
        ([{"prefix": "req*"}], "requests/x", False),
        ([{"prefix": "req"}], 7, False),
        ([{"prefix": {"equals-ignore-case": "REQ"}}], "reQuests", True),
        ([{"suffix": ".gz"}], "a.gz", True),
        ([{"suffix": ".gz"}], "a.gz2", False),
        ([{"suffix": {"equals-ignore-case": ".GZ"}}], "a.gz", True),
        ([{"equals-ignore-case": "alice"}], "ALICE", True),
        ([{"equals-ignore-case": "alice"}], "bob", False),
        ([{"anything-but": "stopped"}], "running", True),
        ([{"anything-but": "stopped"}], "stopped", False),
        ([{"anything-but": ["a", "b"]}], "b", False),
        ([{"anything-but": ["a", "b"]}], ["b", "c"], True),
        ([{"anything-but": 123}], 124, True),
        ([{"anything-but": {"prefix": "init"}}], "initial", False),
        ([{"anything-but": {"prefix": ["init", "end"]}}], "ending", False),
        ([{"anything-but": {"suffix": ".tmp"}}], "a.gz", True),
        ([{"anything-but": {"equals-ignore-case": ["Init", "x"]}}], "INIT", False),
        ([{"anything-but": {"wildcard": "*/tmp/*"}}], "a/tmp/b", False),
        ([{"numeric": [">", 0, "<=", 5]}], 5, True),
        ([{"numeric": [">", 0, "<=", 5]}], 0, False),
        ([{"numeric": ["=", 3.018e2]}], 301.8, True),
        ([{"numeric": ["<", 10]}], "5", False),
        ([{"exists": True}], "x", True),
        ([{"exists": True}], None, True),
        ([{"exists": False}], "x", False),
        ([{"exists": True}], {"not": "a leaf"}, False),
        ([{"wildcard": "exports/*.gz"}], "exports/a/b.gz", True),
        ([{"wildcard": "exports/*.gz"}], "exports/a/b.txt", False),
        ([{"wildcard": r"a\*b\\*"}], "a*b\\c", True),
        ([{"wildcard": r"a\*b"}], "axb", False),
        ([{"wildcard": "a.c"}], "abc", False),
        ([{"cidr": "10.0.0.0/24"}], "10.0.0.255", True),
        ([{"cidr": "10.0.0.0/24"}], "10.0.1.0", False),
        ([{"cidr": "10.0.0.0/24"}], "no address", False),
        (["x", {"prefix": "y"}], "yes", True),
        ({"b": ["1"]}, {"b": "1", "c": "2"}, True),
        ({"b": ["1"]}, "no object", False),
        ({"b": ["1"], "c": ["2"]}, [{"b": "1", "c": "3"}, {"b": "9", "c": "2"}], False),
        ({"b": [{"exists": False}]}, {"c": "1"}, True),
    ],
)
def test_operators(wanted: Any, value: Any, expected: bool) -> None:
    validate_pattern({"a": wanted})

    assert matches({"a": wanted}, {"a": value}) is expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["x"], False),
        ([{"exists": False}], True),
        ([{"exists": True}], False),
        ([{"anything-but": "x"}], False),
        ([None], False),
        ({"b": [{"exists": False}]}, True),
    ],
)
def test_a_member_that_is_not_there(wanted: Any, expected: bool) -> None:
    assert matches({"a": wanted}, {"other": 1}) is expected


def test_the_pattern_of_an_s3_rule() -> None:
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["control"]}, "object": {"key": [{"prefix": "requests/"}]}},
    }

    assert matches(pattern, S3_EVENT)
    assert not matches({**pattern, "detail": {"bucket": {"name": ["raw"]}}}, S3_EVENT)
    assert matches({"resources": ["arn:aws:s3:::control"]}, S3_EVENT)


def test_or() -> None:
    pattern = {"source": ["aws.s3"], "detail": {"$or": [{"bucket": {"name": ["x"]}}, {"object": {"size": [12]}}]}}
    validate_pattern(pattern)

    assert matches(pattern, S3_EVENT)
    assert not matches({"$or": [{"source": ["x"]}, {"source": ["y"]}]}, S3_EVENT)


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ({"a": [{"prefixx": "x"}]}, "operator 'prefixx' is not known"),
        ({"a": {"b": [{"anything-but": {"cidr": "10.0.0.0/8"}}]}}, "'anything-but' can't take"),
        ({"a": [{"numeric": [">"]}]}, "'numeric' can't take"),
        ({"a": [{"numeric": ["~", 1]}]}, "'numeric' can't take"),
        ({"a": [{"prefix": 1}]}, "'prefix' can't take 1"),
        ({"a": [{"prefix": {"other": "x"}}]}, "'prefix' can't take"),
        ({"a": [{"prefix": {"equals-ignore-case": ["x"]}}]}, "'prefix' can't take"),
        ({"a": [{"anything-but": {"prefix": 1}}]}, "'prefix' can't take 1"),
        ({"a": [{"anything-but": [["x"]]}]}, "'anything-but' can't take"),
        ({"a": [{"numeric": [">", "1"]}]}, "'numeric' can't take"),
        ({"a": [{"exists": "yes"}]}, "'exists' can't take"),
        ({"a": [{"cidr": "10.0.0.1/8"}]}, "'cidr' can't take"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, "exactly one operator"),
        ({"a": [["x"]]}, "not the array"),
        ({"a": []}, "'a' must be an object or an array that is not empty"),
        ({"a": "x"}, "'a' must be an object or an array"),
        ({}, "at least one member"),
        ({"a": {}}, "at least one member"),
        ({"$or": [{"a": ["x"]}]}, "two or more"),
        ({"$or": [{"a": ["x"]}, {"a": [{"no": 1}]}]}, "operator 'no'"),
    ],
)
def test_what_eventbridge_refuses_is_an_error_that_names_it(pattern: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        validate_pattern(pattern)


@given(st.text(), st.text())
def test_wildcard_without_a_star_is_exact_and_with_one_is_prefix_and_suffix(left: str, right: str) -> None:
    def quote(text: str) -> str:
        return text.replace("\\", "\\\\").replace("*", "\\*")

    assert matches({"a": [{"wildcard": quote(left)}]}, {"a": right}) is (left == right)
    assert matches({"a": [{"wildcard": f"{quote(left)}*{quote(right)}"}]}, {"a": f"{left}in between{right}"})
