"""Grok patterns: the library, each name of it, types, own patterns, and what is wrong with a pattern."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.logs.parsed import parsed_rows
from support.yaml_files import read_yaml

from loglake.core.schema.schema import ColumnType
from loglake.errors import ConfigError
from loglake.kernels.formats.imports.grok import expand
from loglake.kernels.formats.imports.names import LIBRARY
from loglake.kernels.formats.imports.shapes import GroupNames
from loglake.kernels.formats.notation import check_re2
from loglake.kernels.formats.registry import format_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", LIBRARY)
def test_each_pattern_of_the_library_is_one_that_re2_reads(name: str) -> None:
    check_re2(GroupNames().rename(expand(f"^%{{{name}}}$", {})), name)


def test_patterns_match_what_they_are_named_after() -> None:
    wrong = [
        (name, text)
        for name, texts in read_yaml(Path(__file__).parent / "fixtures" / "grok.yaml").items()
        for text in ([texts] if isinstance(texts, str) else texts)
        if not format_of("grok", rf"^(?<all>%{{{name}}})$").matches(pa.array([text]))[0].as_py()
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("IPV4", "192.0.2.256"),
        ("IPV6", "10:00:00"),
        ("IP", "shop"),
        ("UUID", "6f1e9a52-3d10-4c1b-9a1f"),
        ("MONTH", "Nover"),
        ("POSINT", "0"),
        ("LOGLEVEL", "loud"),
    ],
)
def test_patterns_do_not_match_what_they_are_not_named_after(name: str, text: str) -> None:
    assert format_of("grok", rf"^(?<all>%{{{name}}})$").matches(pa.array([text])).to_pylist() == [False]


def _at(hour: int = 8, second: int = 0, micro: int = 0) -> datetime:
    return datetime(2026, 11, 21, hour, 30, second, micro, tzinfo=UTC)


_ACCESS = '192.0.2.2 - ana [21/Nov/2026:08:30:01 +0100] "POST /orders HTTP/2.0" 201 17'


def test_types_are_those_of_the_pattern_whatever_a_sample_shows() -> None:
    pattern = (
        "%{WORD:a} %{INT:b} %{NUMBER:c} %{NUMBER:d:int} %{WORD:e:boolean} %{INT:f:string} %{DATA:[g][h]:float} "
        "%{TIMESTAMP_ISO8601:i.j} (?<k>x)"
    )
    (types,) = [format_of("grok", pattern).infer_types(pa.array(["a 1 2 3 true 4 5 2026-11-21 08:30:00 x"]))]
    assert {".".join(path): seen.type for path, seen in types.items()} == {
        "a": ColumnType.STRING,
        "b": ColumnType.BIGINT,
        "c": ColumnType.DOUBLE,
        "d": ColumnType.BIGINT,
        "e": ColumnType.BOOLEAN,
        "f": ColumnType.STRING,
        "g.h": ColumnType.DOUBLE,
        "i.j": ColumnType.TIMESTAMP,
        "k": ColumnType.STRING,
    }


def test_own_patterns_go_before_the_library_and_name_each_other() -> None:
    own = {"ORDER": "[A-Z]{2}-%{INT}", "LINE": r"%{ORDER:order} \(%{WORD:level}\) (?>%{DATA:note})", "WORD": "[a-z]+?"}
    definition = json.dumps({"pattern": "^%{LINE}$", "patterns": own})
    rows = parsed_rows(format_of("grok", definition), ["AB-17 (warn) no stock"])
    assert rows == [{"order": "AB-17", "note": "no stock", "level": "WARN"}]


@pytest.mark.parametrize(
    ("pattern", "event", "fields"),
    [
        ('{"pattern": "%{WORD:x}", "id": %{NUMBER:n}}', '{"pattern": "a", "id": 7}', {"x": "a", "n": 7.0}),
        ('{"pattern": "%{WORD:x}"}', '{"pattern": "a"}', {"x": "a"}),
    ],
)
def test_a_pattern_may_look_like_an_object(pattern: str, event: str, fields: dict[str, Any]) -> None:
    (row,) = parsed_rows(format_of("grok", pattern), [event])
    assert row == fields


def test_a_number_is_a_level_only_where_a_team_says_what_it_means() -> None:
    rows = parsed_rows(format_of("grok", "%{NUMBER:level} %{GREEDYDATA:message}"), ["3 tickets", "40 slow"])
    assert [row.get("level") for row in rows] == [None, "WARN"]


def test_what_is_no_day_stays_as_it_was_written() -> None:
    event = _ACCESS.replace("21/Nov", "31/Feb")
    (row,) = parsed_rows(format_of("grok", "%{COMMONAPACHELOG}"), [event])
    assert row["_rescued"] == '{"timestamp":"31/Feb/2026:08:30:01 +0100"}'


def _ecs(pattern: str, event: str) -> dict[str, Any]:
    definition = json.dumps({"pattern": pattern, "patterns": {}, "ecs_compatibility": "v8"})
    (row,) = parsed_rows(format_of("grok", definition), [event])
    return row


def test_the_library_s_fields_may_have_the_names_of_the_elastic_common_schema() -> None:
    assert _ecs("%{COMMONAPACHELOG}", _ACCESS) == {
        "source_address": "192.0.2.2",
        "user_name": "ana",
        "timestamp": _at(7, 1),
        "http_request_method": "POST",
        "url_original": "/orders",
        "http_version": "2.0",
        "http_response_status_code": 201,
        "http_response_body_bytes": 17,
    }
    assert _ecs("%{SYSLOG5424LINE}", "<34>1 2026-11-21T08:30:00Z web-1 su 7 ID47 - failed") == {
        "log_syslog_facility_code": 34,
        "system_syslog_version": 1,
        "timestamp": _at(),
        "host_hostname": "web-1",
        "process_name": "su",
        "process_pid": "7",
        "event_code": "ID47",
        "message": "failed",
    }
    assert _ecs("%{TOMCATLOG}", "2026-11-21 08:30:00 +0000 | WARN | a.B - no stock") == {
        "timestamp": _at(),
        "java_log_origin_class_name": "a.B",
        "message": "no stock",
        "level": "WARN",
    }


def test_one_field_at_several_places_has_the_one_that_is_there() -> None:
    rows = parsed_rows(format_of("grok", "^(?:a=%{INT:n}|b=%{INT:n})$"), ["a=1", "b=2"])
    assert [row["n"] for row in rows] == [1, 2]


def test_a_message_that_is_an_object_has_its_fields() -> None:
    (row,) = parsed_rows(format_of("grok", "%{LOGLEVEL:level} %{GREEDYDATA:message}"), ['ERROR {"order": 17}'])
    assert row == {"order": 17, "message": '{"order": 17}', "level": "ERROR"}


@pytest.mark.parametrize(
    ("pattern", "own", "said"),
    [
        ("%{NUMBR:x}", {}, "there is no Grok pattern 'NUMBR': did you mean NUMBER"),
        ("%{ZZZZZZ:x}", {}, "`loglake formats show grok` lists all. Or define it under patterns"),
        ("%{INT:x:decimal}", {}, "'decimal' is not a type: use one of int, long"),
        ("%{A:x}", {"A": "%{B}", "B": "%{A}"}, "%{A} names itself: A -> B -> A"),
        ("no field", {}, "names no field: write %{NAME:field}"),
        ("(?<x>a(?=b))", {}, r"no look-ahead, and there is '\(\?=b\)' at character 7: match the text itself"),
        (r"(?<x>a)\1", {}, "no back-references, and there is"),
        ("%{A:x}", {"A": "(?<!b)c"}, r"'\(\?<!b\)c': RE2, which reads the pattern, has no look-behind"),
        ("(?<x>[a", {}, "no class without an end"),
        ("(?<x>a", {}, "refuses it: missing"),
        ("(?<x>(a{1000}){1000})", {}, "use \\* or \\+ in the place of counted repetitions"),
        (
            "%{A9:x}",
            {"A0": "ab", **{f"A{n}": f"%{{A{n - 1}}}" * 10 for n in range(1, 10)}},
            "more than 50,000 characters",
        ),
        ("%{A99:x}", {"A0": "a", **{f"A{n}": f"%{{A{n - 1}}}" for n in range(1, 100)}}, "more than 50 levels deep"),
        ("%{WORD:.}", {}, r"the field '\.' has no name: write one, such as %{WORD:shop}"),
        ("%{WORD:[]}", {}, "has no name"),
        ("(?<x>\ud800)", {}, "half of a surrogate pair"),
        ("(?<\ud800>x)", {}, "is not text in UTF-8"),
        ("(?<x>" + "a" * 60_000 + ")", {}, "more than 50,000 characters"),
    ],
)
def test_what_is_wrong_with_a_pattern_is_said(pattern: str, own: dict[str, str], said: str) -> None:
    definition = json.dumps({"pattern": pattern, "patterns": own}) if own else pattern
    with pytest.raises(
        ConfigError, match=said.replace("%{A}", r"%\{A\}").replace("{NAME:", r"\{NAME:").replace("{WORD:", r"\{WORD:")
    ):
        format_of("grok", definition)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"^(?<x>\h+)$", {"beef": True, "xyz": False}),
        (r"^(?<x>[\h-]++)$", {"be-ef": True, "xyz": False}),
        (r"^(?<x>a{,2})b(?#note)\u0021$", {"aab!": True, "aaab!": False}),
        (r"^(?<x>[[:digit:][(]+)\Z", {"1[(": True, "a": False}),
        (r"(?m)^(?<x>a.b)", {"a\nb": True, "axxb": False}),
        (r"^(?'x'a)(b)(?i:C)(?:\R)d", {"abc\r\nd": True, "abcd": False}),
        (r"^(?<x>[]a]+)$", {"]a": True, "b": False}),
    ],
)
def test_expressions_of_ruby_are_rewritten(pattern: str, texts: dict[str, bool]) -> None:
    assert format_of("grok", pattern).matches(pa.array([*texts])).to_pylist() == [*texts.values()]
