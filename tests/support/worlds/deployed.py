"""The templates as they would deploy: stack after stack, every function resolved to plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loglake_cli.deploy.stacks import STACKS, parameters_for
from loglake_cli.local.templates.template import BoundTemplate, load_template
from loglake_cli.local.templates.template_yaml import load_yaml

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
GIVEN = {
    "WheelUri": "s3://c/artifacts/1/loglake_glue-0.1.0-py3-none-any.whl",
    "WheelsUri": "s3://c/artifacts/1/loglake-glue-0.1.0-cp313.gluewheels.zip",
    "ExportScriptUri": "s3://c/artifacts/1/export_logs.py",
    "ConvertScriptUri": "s3://c/artifacts/1/convert_logs.py",
    "DatasetsUri": "s3://c/config/datasets-1.json",
}


@dataclass(frozen=True)
class Stack:
    """A stack whose functions are resolved. A resource's Ref is its name, its Arn ends in it."""

    template: Mapping[str, Any]
    resources: Mapping[str, Any]
    outputs: Mapping[str, str]

    def of_type(self, kind: str) -> dict[str, Any]:
        """The properties of all resources of a type, by logical id."""
        return {key: item["Properties"] for key, item in self.resources.items() if item["Type"] == kind}


def deployed_stacks(pseudo: Mapping[str, str] = PSEUDO, /, **given: str) -> dict[str, Stack]:
    """All stacks by the names of their templates, each with the outputs of those before it as parameters.

    Args:
        pseudo: the account, and where it is.
        given: parameters, over `GIVEN` and the templates' defaults.
    """
    deployed: dict[str, Stack] = {}
    outputs: dict[str, str] = {}
    for stack in STACKS:
        template = load_template(stack.path)
        bound = template.bind(parameters_for(template.parameters, {**GIVEN, **given}, outputs), pseudo)
        deployed[stack.path.stem] = _resolve_stack(load_yaml(stack.path), bound, pseudo["AWS::Partition"])
        outputs.update(deployed[stack.path.stem].outputs)
    return deployed


_NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
}


def _resolve_stack(template: Mapping[str, Any], bound: BoundTemplate, partition: str) -> Stack:
    """The stack with the resources whose Condition holds."""
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
        return f"arn:{partition}:{service}:{':' if service == 's3' else 'r:a'}:{ref}"

    for resource in bound.order():
        properties = bound.properties(resource, attribute)
        resources[resource.logical_id] = {**template["Resources"][resource.logical_id], "Properties": properties}
    return Stack(template, resources, bound.outputs(attribute))
