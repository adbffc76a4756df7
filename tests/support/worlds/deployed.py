"""The templates as they would deploy: stack after stack, every function resolved to plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loglake_cli.deploy.stacks import STACKS, parameters_for
from loglake_cli.local.templates.template_yaml import load_yaml

PSEUDO = {"AWS::AccountId": "123456789012", "AWS::Region": "eu-west-1", "AWS::Partition": "aws"}
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


def deployed_stacks() -> dict[str, Stack]:
    """All stacks by name, each with the outputs of those before it as parameters."""
    deployed: dict[str, Stack] = {}
    outputs: dict[str, str] = {}
    for stack in STACKS:
        template = load_yaml(stack.path)
        declared = template["Parameters"]
        values = {name: definition["Default"] for name, definition in declared.items() if "Default" in definition}
        deployed[stack.name] = _resolve_stack(template, {**values, **parameters_for(declared, GIVEN, outputs)})
        outputs.update(deployed[stack.name].outputs)
    return deployed


_NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Glue::Database": "DatabaseInput",
}


def _resolve_stack(template: Mapping[str, Any], values: Mapping[str, Any]) -> Stack:
    resources = template["Resources"]

    def ref(name: str) -> Any:
        if name in values or name in PSEUDO:
            return values[name] if name in values else PSEUDO[name]
        resource = resources[name]
        named = resource.get("Properties", {}).get(_NAMES.get(resource["Type"], "Name"), name)
        return resolve(named["Name"] if resource["Type"] == "AWS::Glue::Database" else named)

    def arn(name: str) -> str:
        service = resources[name]["Type"].split("::")[1].lower()
        return f"arn:aws:{service}:::{ref(name)}" if service == "s3" else f"arn:aws:{service}:r:a:{ref(name)}"

    def sub(match: re.Match[str]) -> str:
        name, _, attribute = match[1].partition(".")
        return arn(name) if attribute else str(ref(name))

    def resolve(value: Any) -> Any:
        if isinstance(value, dict):
            if "Ref" in value:
                return ref(value["Ref"])
            if "Fn::GetAtt" in value:
                assert value["Fn::GetAtt"][1] == "Arn"
                return arn(value["Fn::GetAtt"][0])
            if "Fn::Sub" in value:
                return re.sub(r"\$\{([^}]+)\}", sub, value["Fn::Sub"])
            return {key: resolve(item) for key, item in value.items()}
        return [resolve(item) for item in value] if isinstance(value, list) else value

    outputs = {name: str(resolve(output["Value"])) for name, output in template["Outputs"].items()}
    return Stack(template, resolve(resources), outputs)
