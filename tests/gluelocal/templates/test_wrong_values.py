"""Whatever a template has in place of a value, the answer is a sentence."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.model.reader import build_model
from gluelocal.runs.checks import dry_run
from gluelocal.templates.template import load_template
from gluelocal.templates.template_adapter import adapt

pytestmark = pytest.mark.unit

ROLE = "arn:aws:iam::123456789012:role/glue"
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Env": {"Type": "String", "Default": "dev", "AllowedValues": ["dev", "prod"]}},
    "Conditions": {"IsDev": {"Fn::Equals": [{"Ref": "Env"}, "dev"]}},
    "Resources": {
        "Raw": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "raw"}},
        "Catalog": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "lake"}},
        },
        "Flow": {"Type": "AWS::Glue::Workflow", "Properties": {"Name": "flow", "MaxConcurrentRuns": 1}},
        "Load": {
            "Type": "AWS::Glue::Job",
            "Condition": "IsDev",
            "Properties": {
                "Name": "load",
                "Role": ROLE,
                "Command": {"Name": "pythonshell", "ScriptLocation": "s3://raw/load.py"},
                "DefaultArguments": {"--env": {"Ref": "Env"}},
            },
        },
        "Crawl": {
            "Type": "AWS::Glue::Crawler",
            "Properties": {"Role": ROLE, "DatabaseName": "lake", "Targets": {"S3Targets": [{"Path": "s3://raw/"}]}},
        },
        "Start": {
            "Type": "AWS::Glue::Trigger",
            "Properties": {
                "Type": "SCHEDULED",
                "Schedule": "cron(0 1 * * ? *)",
                "StartOnCreation": True,
                "WorkflowName": {"Ref": "Flow"},
                "Actions": [{"JobName": {"Ref": "Load"}}],
            },
        },
        "Then": {
            "Type": "AWS::Glue::Trigger",
            "Properties": {
                "Type": "CONDITIONAL",
                "StartOnCreation": True,
                "WorkflowName": {"Ref": "Flow"},
                "Predicate": {
                    "Conditions": [{"LogicalOperator": "EQUALS", "JobName": {"Ref": "Load"}, "State": "SUCCEEDED"}]
                },
                "Actions": [{"CrawlerName": {"Ref": "Crawl"}}],
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["aws.s3"]},
                "Targets": [{"Id": "flow", "Arn": {"Fn::GetAtt": ["Raw", "Arn"]}}],
            },
        },
    },
    "Outputs": {"Raw": {"Value": {"Ref": "Raw"}}},
}
OTHERS: tuple[Any, ...] = (None, "", 5, [], {}, ["x"], {"x": "y"}, {"Ref": "Nothing"})


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*above, key)
        yield from places(value[key], (*above, key))


def variants() -> Iterator[dict[str, Any]]:
    """The template without each of its values, and with another one."""
    for place in places(TEMPLATE):
        for other in (..., *OTHERS):
            template = copy.deepcopy(TEMPLATE)
            parent: Any = template
            for key in place[:-1]:
                parent = parent[key]
            if other is ...:
                del parent[place[-1]]
            else:
                parent[place[-1]] = other
            yield template


def read(template: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(template))
    build_model([dry_run(adapt(load_template(file), True).template, {})])


def test_a_template_with_a_wrong_value_is_refused_in_words(tmp_path: Path) -> None:
    read(TEMPLATE, tmp_path / "good.json")
    for template in variants():
        with suppress(ConfigError):  # any other error ends the test
            read(template, tmp_path / "wrong.json")


def test_what_has_to_be_text_is_named(tmp_path: Path) -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Start"]["Properties"]["Actions"][0]["JobName"] = 7
    with pytest.raises(ConfigError, match=r"Start: a property of AWS::Glue::Trigger has to be text, and is 7"):
        read(template, tmp_path / "wrong.json")
