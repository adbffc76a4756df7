"""The templates as deployed: stack by stack, with every function resolved to a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gluelocal.templates.template import BoundTemplate, Template, load_template
from gluelocal.templates.template_yaml import load_yaml
from loglake_cli.deploy.stacks import ALL_STACKS, STACKS, StackTemplate, parameters_for

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "loglake-deployer",
}
GIVEN = {
    "WheelUri": "s3://c/artifacts/1/loglake_glue-0.1.0-py3-none-any.whl",
    "WheelsUri": "s3://c/artifacts/1/loglake-glue-0.1.0-cp313.gluewheels.zip",
    "ExportScriptUri": "s3://c/artifacts/1/export_logs.py",
    "LookScriptUri": "s3://c/artifacts/1/look_landing.py",
    "ConvertScriptUri": "s3://c/artifacts/1/convert_logs.py",
    "DatasetsUri": "s3://c/config/datasets-1.json",
}


@dataclass(frozen=True)
class Stack:
    """A stack with resolved functions. A resource's Ref is its name, and its Arn ends in its name."""

    template: Mapping[str, Any]
    resources: Mapping[str, Any]
    outputs: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties of all resources of a type, by logical id."""
        return {key: item["Properties"] for key, item in self.resources.items() if item["Type"] == kind}


def deployed_stacks(pseudo: Mapping[str, str] = PSEUDO, /, **given: str) -> dict[str, Stack]:
    """The stacks of the pipeline by the names of their templates. Each gets the outputs of the stacks before it.

    Args:
        pseudo: the account and its Region.
        given: parameters; they override `GIVEN` and the templates' defaults.
    """
    return _deployed(STACKS, pseudo, given)


def all_deployed_stacks(pseudo: Mapping[str, str] = PSEUDO, /, **given: str) -> dict[str, Stack]:
    """As `deployed_stacks`, with the optional stacks."""
    return _deployed(ALL_STACKS, pseudo, given)


def one_deployed_stack(path: Path, pseudo: Mapping[str, str] = PSEUDO, /, **given: str) -> Stack:
    """A stack that takes nothing from others, by its template."""
    template, text = _read(path)
    bound = template.bind(parameters_for(template.parameters, given, {}), pseudo)
    return _resolve_stack(text, bound, pseudo["AWS::Partition"])


def _deployed(stacks: Iterable[StackTemplate], pseudo: Mapping[str, str], given: Mapping[str, str]) -> dict[str, Stack]:
    deployed: dict[str, Stack] = {}
    outputs: dict[str, str] = {}
    for stack in stacks:
        template, text = _read(stack.path)
        bound = template.bind(parameters_for(template.parameters, {**GIVEN, **given}, outputs), pseudo)
        deployed[stack.path.stem] = _resolve_stack(text, bound, pseudo["AWS::Partition"])
        outputs.update(deployed[stack.path.stem].outputs)
    return deployed


@cache
def _read(path: Path) -> tuple[Template, Mapping[str, Any]]:
    """A template, once for all tests: to parse one takes longer than to resolve it."""
    return load_template(path), load_yaml(path)


_NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::LogStream": "LogStreamName",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
}


def _resolve_stack(template: Mapping[str, Any], bound: BoundTemplate, partition: str) -> Stack:
    """The stack with the resources that have no false Condition."""
    resources: dict[str, Any] = {}

    def attribute(logical_id: str, name: str | None) -> str:
        resource = resources[logical_id]
        properties = resource["Properties"]
        if resource["Type"] == "AWS::Glue::Database":
            properties = properties["DatabaseInput"]
        ref = str(properties.get(_NAMES.get(resource["Type"], "Name"), logical_id))
        if name is None:
            return ref
        assert name == "Arn"
        service = resource["Type"].split("::")[1].lower()
        place = {"s3": ":", "iam": ":a"}.get(service, "r:a")
        return f"arn:{partition}:{service}:{place}:{'role/' if service == 'iam' else ''}{ref}"

    for resource in bound.order():
        properties = bound.properties(resource, attribute)
        resources[resource.logical_id] = {**template["Resources"][resource.logical_id], "Properties": properties}
    return Stack(template, resources, bound.outputs(attribute))
