"""The keys of a dataset that define a format of the team's own."""

from __future__ import annotations

from typing import Any

import pytest

from loglake.core.schema.dataset_checks import key_of
from loglake.core.schema.datasets import Dataset
from loglake.core.schema.datasets_file import load_datasets
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

LAYOUT = "%d %m"


def _loaded(**entry: Any) -> Dataset:
    datasets = load_datasets({"datasets": [{"log_groups": ["/a"], **entry}]}, lambda name: f"content of {name}")
    assert load_datasets(datasets.to_json()) == datasets
    return datasets.entries[0]


@pytest.mark.parametrize(
    ("entry", "name", "definition"),
    [
        ({"format": "grok", "pattern": "%{INT:x}"}, "grok", "%{INT:x}"),
        (
            {"format": "grok", "pattern": "%{A:x}", "patterns": {"A": "b+"}},
            "grok",
            '{"pattern": "%{A:x}", "patterns": {"A": "b+"}}',
        ),
        (
            {"format": "grok", "pattern": "%{INT:x}", "ecs_compatibility": "v8"},
            "grok",
            '{"pattern": "%{INT:x}", "patterns": {}, "ecs_compatibility": "v8"}',
        ),
        ({"format": "nginx", "layout": "$status"}, "nginx", "$status"),
        ({"format": "apache", "layout": "%s"}, "apache", "%s"),
        ({"format": "log4j", "layout": LAYOUT}, "log4j", LAYOUT),
        ({"format": "logback", "layout": LAYOUT}, "log4j", LAYOUT),
        ({"format": "log4j"}, "header", ""),
        ({"format": "lnav", "file": "a.json"}, "lnav", "content of a.json"),
        ({"format": "lnav", "pattern": "{}"}, "lnav", "{}"),
        ({"format": "toml", "file": "a.toml"}, "toml", "content of a.toml"),
        ({"format": {"file": "a.toml"}}, "toml", "content of a.toml"),
        ({"format": {"text": "{a} {b}", "blank": "-"}}, "toml", '{"text": "{a} {b}", "blank": "-"}'),
    ],
)
def test_a_definition_is_one_text_that_goes_to_the_jobs(entry: dict[str, Any], name: str, definition: str) -> None:
    loaded = _loaded(**entry)
    assert (loaded.format, loaded.pattern) == (name, definition)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"format": "grok"}, "format grok needs a pattern, such as"),
        ({"format": "grok", "patterns": {"A": "b"}}, "format grok needs a pattern"),
        ({"format": "grok", "pattern": "x", "patterns": ["A"]}, "patterns is a mapping from a name to an expression"),
        ({"format": "grok", "pattern": ["x"], "patterns": {"A": "x"}}, "format grok needs a pattern"),
        ({"format": "grok", "pattern": "x", "patterns": {"A B": "b"}}, "patterns is a mapping"),
        (
            {"format": "grok", "layout": "x"},
            "layout: only the formats nginx, apache, log4j take it, and this entry has",
        ),
        (
            {"format": "grok", "pattern": "x", "ecs_compatibility": "v9"},
            "ecs_compatibility: 'v9' must be one of disabled",
        ),
        ({"format": "json", "ecs_compatibility": "v8"}, "ecs_compatibility: only the format grok takes it"),
        ({"format": "nginx", "pattern": "a", "layout": "b"}, "pattern and layout are both there"),
        ({"format": "nginx"}, "format nginx needs a layout, the string of log_format"),
        ({"format": "nginx", "layout": ["a"]}, "format nginx needs a layout"),
        ({"format": "logback"}, "format log4j needs a layout"),
        ({"format": "lnav"}, "format lnav needs a file in lnav's format language"),
        ({"format": "lnav", "file": ["a"]}, "file is the name of one file"),
        ({"format": "json", "file": "a"}, "file: only the formats lnav, toml take it, and this entry has json"),
        ({"format": {}}, "format: give its name, or {file: shop.toml}, or the keys of a definition"),
        ({"format": {"file": "a.toml", "text": "{a}"}}, "format: give its name, or {file: shop.toml}"),
        ({"format": {"text": "{a}"}, "pattern": "x"}, "pattern: the format has its definition already"),
        ({"patterns": {"A": "b"}}, "patterns: only the format grok takes it, and this entry has auto"),
        ({"format": "log4j", "layout": "%m" * 200_000}, "layout: has 400,000 characters; at most 200,000 are read"),
    ],
)
def test_what_is_wrong_with_it_is_said(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=f"dataset 1: {said}"):
        _loaded(**entry)


def test_the_start_of_an_event_is_one_pattern() -> None:
    assert _loaded(multi_line_start_pattern="^=> ").multi_line_start_pattern == "^=> "
    with pytest.raises(ConfigError, match="multi_line_start_pattern is one pattern"):
        _loaded(multi_line_start_pattern=["a"])


def test_a_file_out_of_reach_is_said() -> None:
    with pytest.raises(ConfigError, match=r"file: a\.json is out of reach here: give its content as pattern"):
        load_datasets({"datasets": [{"log_groups": ["/a"], "format": "lnav", "file": "a.json"}]})


@pytest.mark.parametrize(("name", "key"), [("grok", "pattern"), ("nginx", "layout"), ("toml", "file"), ("", "pattern")])
def test_a_definition_has_the_key_of_its_format(name: str, key: str) -> None:
    assert key_of(name) == key
