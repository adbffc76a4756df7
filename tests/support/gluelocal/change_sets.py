"""Change sets of a CloudFormation in memory: how a template would change a stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gluelocal.templates.template import BoundTemplate, load_template
from gluelocal.templates.template_yaml import load_yaml
from support.aws.checked_clients import ACCOUNT, REGION, AwsError

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
CREATE_ONLY = {"BucketName", "TableName", "KeySchema", "RoleName", "QueueName"}
"""Properties whose change replaces a resource, of the types that tests change."""

_NAMES = ("BucketName", "TableName", "QueueName", "Name")


@dataclass
class Stack:
    name: str
    id: str
    status: str = "REVIEW_IN_PROGRESS"
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    steps: list[Callable[[], None]] = field(default_factory=list)
    """What is still to happen; each look at the stack lets one happen."""


@dataclass
class ChangeSet:
    id: str
    name: str
    stack: Stack
    kind: str
    template: str
    parameters: dict[str, str]
    tags: dict[str, str]
    made_at: datetime
    imports: dict[str, str]
    changes: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""


def compare(made: ChangeSet, document: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    after, before = resources_of(made, document), made.stack.resources
    changes = []
    for name, item in after.items():
        entry = {"LogicalResourceId": name, "ResourceType": item["type"]}
        if name in made.imports:
            if "DeletionPolicy" not in document["Resources"][name]:
                return (
                    [],
                    f"The following resources to import [{name}] must have DeletionPolicy attribute specified.",
                )
            changes.append({**entry, "Action": "Import", "PhysicalResourceId": made.imports[name]})
        elif name not in before:
            changes.append({**entry, "Action": "Add"})
        elif item != before[name] or made.tags != made.stack.tags:
            old, new = before[name]["properties"], item["properties"]
            causes = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
            replaced = bool(CREATE_ONLY & set(causes))
            details = [{"Target": {"Attribute": "Properties", "Name": cause}} for cause in causes]
            tags = [] if made.tags == made.stack.tags else [{"Target": {"Attribute": "Tags"}}]
            found = {"Action": "Modify", "PhysicalResourceId": before[name]["id"], "Details": [*details, *tags]}
            changes.append({**entry, **found, "Replacement": str(replaced)})
    gone = [
        {
            "LogicalResourceId": name,
            "ResourceType": item["type"],
            "Action": "Remove",
            "PhysicalResourceId": item["id"],
        }
        for name, item in before.items()
        if name not in after
    ]
    changes += gone
    if made.kind == "IMPORT" and any(each["Action"] != "Import" for each in changes):
        return [], "As part of the import operation, you cannot modify or add [Resources]"
    if made.kind == "IMPORT":
        old = document_of(made.stack.template).get("Outputs") if made.stack.template else None
        for name, same in (("Outputs", document.get("Outputs") == old), ("Tags", made.tags == made.stack.tags)):
            if not same:
                raise AwsError("ValidationError", f"As part of the import operation, you cannot modify or add [{name}]")
    same = made.kind == "UPDATE" and outputs_of(made, document) == made.stack.outputs
    return changes, NO_CHANGES if same and not changes else ""


def resources_of(made: ChangeSet, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    bound = bound_to(made, document)
    found = {}
    names = {f"{made.stack.name}-{name}": each for name, each in bound.active().items()}
    for name, resource in bound.active().items():
        properties = bound.properties(resource, lambda of, attribute: f"{made.stack.name}-{of}")
        own = next((properties[key] for key in _NAMES if isinstance(properties.get(key), str)), "")
        if resource.type == "AWS::S3::BucketPolicy":
            bucket = bound.properties(names[properties["Bucket"]], lambda of, _: of)
            own = f"{bucket['BucketName']}/policy"
        found[name] = {
            "type": resource.type,
            "properties": properties,
            "id": own or f"{made.stack.name}-{name}-1A2B",
        }
    return found


def outputs_of(made: ChangeSet, document: Mapping[str, Any]) -> dict[str, str]:
    resources = resources_of(made, document)

    def attribute(name: str, wanted: str | None) -> str:
        return str(resources[name]["id"]) if wanted is None else f"arn:aws:x:::{resources[name]['id']}"

    return bound_to(made, document).outputs(attribute)


def bound_to(made: ChangeSet, document: Mapping[str, Any]) -> BoundTemplate:
    defaults = {k: str(v["Default"]) for k, v in document.get("Parameters", {}).items() if "Default" in v}
    missing = set(document.get("Parameters", {})) - set(defaults) - set(made.parameters)
    if missing:
        raise AwsError("ValidationError", f"Parameters: [{', '.join(sorted(missing))}] must have values")
    unknown = set(made.parameters) - set(document.get("Parameters", {}))
    if unknown:
        raise AwsError("ValidationError", f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    pseudo = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws"}
    pseudo |= {"AWS::URLSuffix": "amazonaws.com", "AWS::StackName": made.stack.name}
    return BoundTemplate(template_of(made.template), {**pseudo, **defaults, **made.parameters})


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[Any, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "template.yaml")
        path.write_text(text, "utf-8")
        return load_yaml(path), load_template(path)


def document_of(text: str) -> Any:
    return _parsed(text)[0]


def template_of(text: str) -> Any:
    return _parsed(text)[1]
