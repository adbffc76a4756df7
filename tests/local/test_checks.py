"""Problems in templates that Glue would refuse, or that never fire, are found without deploying."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType

import pytest

from athena_duckdb.errors import ConfigError
from gluelocal.model.model import Job, Model
from gluelocal.model.reader import build_model, read_model
from gluelocal.model.rules import unsupported
from gluelocal.runs.checks import check_templates, main
from gluelocal.templates.provision import DeployedStack
from gluelocal.templates.resource_types.base import DeployedResource
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.infra

OWN = [*(stack.path for stack in ALL_STACKS), DEPLOYER_TEMPLATE]
GOOD = """
Parameters:
  Size: {Type: Number, MinValue: 2}
Resources:
  One:
    Type: AWS::Glue::Job
    Properties: {Name: one, Role: r, Command: {Name: pythonshell, PythonVersion: "3.9", ScriptLocation: s3://c/one.py}}
  Two:
    Type: AWS::Glue::Job
    Properties: {Name: two, Role: r, Command: {Name: glueetl, ScriptLocation: s3://c/two.py}}
  Crawl:
    Type: AWS::Glue::Crawler
    Properties: {Name: crawl, Role: r, Targets: {S3Targets: [{Path: s3://lake/}]}}
  Flow:
    Type: AWS::Glue::Workflow
    Properties: {Name: flow}
  First:
    Type: AWS::Glue::Trigger
    Properties:
      Name: first
      Type: EVENT
      WorkflowName: !Ref Flow
      EventBatchingCondition: {BatchSize: !Ref Size, BatchWindow: 60}
      Actions: [{JobName: !Ref One}]
  Then:
    Type: AWS::Glue::Trigger
    DependsOn: First
    Properties:
      Name: then
      Type: CONDITIONAL
      StartOnCreation: true
      WorkflowName: !Ref Flow
      Predicate: {Logical: ANY, Conditions: [{LogicalOperator: EQUALS, JobName: !Ref One, State: FAILED}]}
      Actions: [{JobName: !Ref Two}, {CrawlerName: !Ref Crawl}]
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3]}
      Targets: [{Id: a, Arn: "arn:aws:glue:r:1:workflow/flow", RoleArn: "arn:aws:iam::1:role/r"}]
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "flow.yaml"
    path.write_text(text)
    return check_templates([path])


def test_a_good_template_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, GOOD) == []


def test_the_projects_own_templates_are_good_in_any_order() -> None:
    assert check_templates(OWN) == []
    assert check_templates(OWN[::-1]) == []


FIRST, THEN = "      Actions: [{JobName: !Ref One}]", "      Actions: [{JobName: !Ref Two}, {CrawlerName: !Ref Crawl}]"
CONDITION = "[{LogicalOperator: EQUALS, JobName: !Ref One, State: FAILED}]"


@pytest.mark.parametrize(
    ("old", "new", "logical_id", "message"),
    [
        (FIRST, "      Actions: [{JobName: lost}]", "First", "starts the job lost, which is not in the templates"),
        (FIRST, "      Actions: [{CrawlerName: craw}]", "First", "starts the crawler craw, which is not in"),
        (FIRST, "      Actions: [{Timeout: 3}]", "First", "names either a JobName or a CrawlerName"),
        (FIRST, "      Actions: []", "First", "no Actions, so it starts nothing"),
        (
            FIRST,
            "      Actions: [{JobName: one, Timeout: 99999}]",
            "First",
            "Timeout is 1 to 10,079 minutes, not 99999",
        ),
        (
            FIRST,
            "      Actions: [{CrawlerName: crawl}, {CrawlerName: crawl}, {CrawlerName: crawl}]",
            "First",
            "two crawlers",
        ),
        ("WorkflowName: !Ref Flow\n      E", "WorkflowName: flo\n      E", "First", "the workflow flo is not in"),
        ("      StartOnCreation: true\n", "", "Then", "without StartOnCreation: true stays CREATED and never fires"),
        ("Type: EVENT", "Type: SCHEDULED", "First", "SCHEDULED trigger without StartOnCreation"),
        ("Type: EVENT", "Type: SCHEDULED", "First", "EventBatchingCondition belongs to EVENT triggers"),
        (
            "Type: EVENT",
            "Type: ON_DEMAND\n      StartOnCreation: true",
            "First",
            "Glue refuses StartOnCreation: true on",
        ),
        (
            "Type: EVENT",
            "Type: EVENT\n      StartOnCreation: true",
            "First",
            "Glue refuses StartOnCreation: true on an EVENT trigger",
        ),
        ("    DependsOn: First\n", "", "Then", "concurrent changes of the workflow flow; add DependsOn: First"),
        ("!Ref Flow\n      E", "flow\n      E", "First", "the same time as Flow, and Glue refuses"),
        ("Type: EVENT", "Type: TIMED", "First", "the Type is TIMED; Glue has"),
        ("Type: EVENT", "Type: ON_DEMAND", "Rule", "flow, which has no EVENT trigger, so no event starts it"),
        ("Type: CONDITIONAL", "Type: EVENT", "Flow", "has one start trigger (ON_DEMAND, SCHEDULED or EVENT), not 2"),
        ("Type: CONDITIONAL", "Type: EVENT", "Then", "can't have a Predicate; make it CONDITIONAL"),
        ("Type: EVENT", "Type: CONDITIONAL", "Flow", "has one start trigger (ON_DEMAND, SCHEDULED or EVENT), not 0"),
        ("State: FAILED", "State: ERROR", "Then", "can't listen for the job State 'ERROR'"),
        (
            "JobName: !Ref One, State: FAILED",
            "CrawlerName: crawl, CrawlState: ERROR",
            "Then",
            "for the CrawlState 'ERROR'",
        ),
        (
            "JobName: !Ref One, State: FAILED",
            "CrawlerName: c, CrawlState: FAILED",
            "Then",
            "to the crawler c, which is not in",
        ),
        (
            "JobName: !Ref One, State: FAILED",
            "JobName: lost, State: FAILED",
            "Then",
            "listens to the job lost, which is not",
        ),
        ("JobName: !Ref One, State: FAILED", "State: FAILED", "Then", "a condition names either a JobName or"),
        (
            "LogicalOperator: EQUALS",
            "LogicalOperator: LESS",
            "Then",
            "LogicalOperator of a condition is EQUALS, not LESS",
        ),
        ("Logical: ANY", "Logical: OR", "Then", "Logical of a Predicate is AND or ANY, not OR"),
        (CONDITION, "[]", "Then", "needs a Predicate with Conditions"),
        (
            "JobName: !Ref One, State",
            "JobName: !Ref Two, State",
            "Flow",
            "then waits for something that no trigger before it",
        ),
        (
            f"Logical: ANY, Conditions: {CONDITION}",
            "Logical: AND, Conditions: [{JobName: one, State: FAILED}, {JobName: one, State: SUCCEEDED}]",
            "Then",
            "one can't be FAILED AND SUCCEEDED, so the trigger never fires",
        ),
        ("BatchSize: !Ref Size", "BatchSize: 101", "First", "BatchSize is 1 to 100 events, not 101"),
        ("BatchWindow: 60", "BatchWindow: 0", "First", "BatchWindow is 1 to 900 seconds, not 0"),
        ("{Name: flow}", "{Name: flow, MaxConcurrentRuns: 0}", "Flow", "MaxConcurrentRuns is 0, so no run could start"),
        ('PythonVersion: "3.9"', 'PythonVersion: "3.11"', "One", "runs on PythonVersion 3.9 at most, not 3.11"),
        ("{Name: one, ", "{Name: one, Timeout: 0, ", "One", "a job's Timeout is 1 to 10,079 minutes, not 0"),
        ("{Name: one, ", "{Name: one, MaxRetries: 11, ", "One", "MaxRetries is 0 to 10, not 11"),
        ("{Name: one, ", "{Name: one, ExecutionProperty: {MaxConcurrentRuns: 0}, ", "One", "MaxConcurrentRuns is 0"),
        ("{Name: one, ", "{Name: one, JobRunQueuingEnabled: true, MaxRetries: 1, ", "One", "needs MaxRetries 0, not 1"),
        ("{Name: one, ", "{Name: one, JobRunQueuingEnabled: true, ExecutionClass: FLEX, ", "One", "STANDARD, not FLEX"),
        ("s3://c/one.py", "c/one.py", "One", "ScriptLocation must be an S3 URI, not c/one.py"),
        ("workflow/flow", "workflow/other", "Rule", "the workflow other, which is not in the templates"),
        (', RoleArn: "arn:aws:iam::1:role/r"', "", "Rule", "needs a RoleArn that allows glue:notifyEvent"),
        ("BatchSize: !Ref Size", "BatchSize: some", "First", "a property of AWS::Glue::Trigger is missing or wrong"),
        (
            "ANY, Conditions:",
            "ANY, Condition:",
            "Then",
            "a property of AWS::Glue::Trigger is missing or wrong: Conditions is",
        ),
        ("Name: two", "Name: one", "Two", "there is already a Job named one; rename one"),
        ("AWS::Events::Rule", "AWS::EMR::Cluster", "Rule", "the local runtime doesn't support AWS::EMR::Cluster"),
        ("!Ref Flow\n      E", "!Ref Flo\n      E", "First", "Flo is neither a parameter nor a resource"),
    ],
)
def test_each_problem_is_a_sentence_with_template_and_logical_id(
    tmp_path: Path, old: str, new: str, logical_id: str, message: str
) -> None:
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    wanted = re.compile(rf"{re.escape(str(tmp_path / 'flow.yaml'))}: {logical_id}: .*{re.escape(message)}")
    assert any(wanted.search(problem) for problem in found), found


def test_all_properties_that_cannot_be_read_are_said_at_once(tmp_path: Path) -> None:
    template = GOOD.replace("BatchSize: !Ref Size", "BatchSize: some").replace("ANY, Conditions:", "ANY, Condition:")
    (both,) = problems(tmp_path, template)
    assert "First: a property of AWS::Glue::Trigger is missing or wrong: invalid literal for int()" in both
    assert "Then: a property of AWS::Glue::Trigger is missing or wrong: Conditions is missing" in both


LAST = """
  Last:
    Type: AWS::Glue::Trigger
    Condition: Wanted
    DependsOn: [Then]
    Properties:
      Name: last
      Type: CONDITIONAL
      StartOnCreation: true
      WorkflowName: flow
      Predicate: {Conditions: [{LogicalOperator: EQUALS, JobName: two, State: FAILED}]}
      Actions: [{JobName: one}]
"""
CHOICE = """
  Mode: {Type: String, Default: without, AllowedValues: [without, with]}
Conditions: {Wanted: !Equals [!Ref Mode, with]}
Resources:
"""


def test_a_chain_is_checked_with_each_value_that_a_parameter_allows(tmp_path: Path) -> None:
    """Last only exists with one value of Mode, and its dependencies reach First, too."""
    template = GOOD.replace("\nResources:\n", CHOICE, 1) + LAST
    assert problems(tmp_path, template) == []
    (problem,) = problems(tmp_path, template.replace("DependsOn: [Then]", "DependsOn: [First]"))
    assert "flow.yaml: Last: " in problem
    assert "add DependsOn: Then" in problem


def test_outputs_of_one_template_are_parameters_of_another(tmp_path: Path) -> None:
    flow, events = tmp_path / "flow.yaml", tmp_path / "events.yaml"
    flow.write_text(
        GOOD.split("  Rule:", maxsplit=1)[0] + "Outputs: {FlowArn: {Value: 'arn:aws:glue:r:1:workflow/flow'}}"
    )
    rule = """
Parameters: {FlowArn: {Type: String}, RoleArn: {Type: String}}
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [x]}, Targets: [{Id: a, Arn: !Ref FlowArn, RoleArn: !Ref RoleArn}]}
"""
    events.write_text(rule)
    assert check_templates([events, flow]) == []
    flow.write_text(flow.read_text().replace("workflow/flow", "workflow/flo"))
    assert "the workflow flo, which is not in the templates" in check_templates([events, flow])[0]
    assert check_templates([events]) == []  # alone, nobody knows what the parameter will be


def test_the_command_line_exits_1_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    bad.write_text("Resources: {}")
    assert main([str(good)]) == 0
    assert main([str(good), str(bad)]) == 1
    assert capsys.readouterr().err == f"{bad}: the template has no Resources\n"


def test_building_a_model_says_every_problem_at_once(tmp_path: Path) -> None:
    properties = {"Type": "CONDITIONAL", "WorkflowName": "nowhere", "Actions": [{"JobName": "none"}]}
    trigger = DeployedResource("AWS::Glue::Trigger", "t", {}, properties)
    stack = DeployedStack("s", tmp_path / "t.yaml", {}, MappingProxyType({"T": trigger}))
    with pytest.raises(ConfigError) as caught:
        build_model([stack])
    assert len(str(caught.value).splitlines()) == 4
    assert list(read_model([stack]).triggers) == ["t"]


def test_what_the_local_runtime_does_not_execute_is_said() -> None:
    model = Model(
        jobs={"j": Job("j", "gluestreaming", "s3://c/j.py", origin="t.yaml: J")},
    )
    assert [problem.split(";")[0] for problem in unsupported(model)] == [
        "t.yaml: J: the local runtime runs pythonshell and glueetl jobs, not gluestreaming",
    ]
