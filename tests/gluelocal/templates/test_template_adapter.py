"""What is left out of a template, and what is not there, all at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.runs.checks import check_templates
from gluelocal.templates.template import load_template
from gluelocal.templates.template_adapter import adapt

pytestmark = pytest.mark.unit

UNKNOWN = {"Type": "AWS::ECS::Service"}
JOB = {"Type": "AWS::Glue::Job", "Properties": {"Name": "a", "Role": "r", "Command": {"ScriptLocation": "no.py"}}}


def written(folder: Path, **resources: Any) -> Path:
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources}))
    return path


def test_a_rule_does_without_targets_that_are_ignored(tmp_path: Path) -> None:
    flow = {"Type": "AWS::Glue::Workflow", "Properties": {"Name": "flow"}}
    targets = [{"Id": "topic", "Arn": {"Ref": "Topic"}}, {"Id": "flow", "Arn": {"Ref": "Flow"}}]
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["a"]}, "Targets": targets}}
    adapted = adapt(load_template(written(tmp_path, Topic=UNKNOWN, Flow=flow, Rule=rule)), True)
    assert adapted.template.resources["Rule"].properties["Targets"] == [targets[1]]
    assert adapted.ignored == ("AWS::ECS::Service (Topic)",)


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, Topic=UNKNOWN, One=JOB, Two=JOB)
    with pytest.raises(ConfigError) as refused:
        adapt(load_template(path), False)
    one, two, unknown = str(refused.value).splitlines()
    assert (f"One: there is no script {tmp_path}/no.py" in one, f"Two: there is no script {tmp_path}/no.py" in two) == (
        True,
        True,
    )
    assert "the local runtime doesn't support AWS::ECS::Service (Topic)" in unknown


def test_a_check_lists_each_resource_that_is_not_supported(tmp_path: Path) -> None:
    problems = check_templates([written(tmp_path, One=UNKNOWN, Two=UNKNOWN)])
    assert [problem.split(": ")[1] for problem in problems] == ["One", "Two"]
