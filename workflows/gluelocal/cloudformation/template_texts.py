"""Templates in CloudFormation calls: read and checked as CloudFormation does, and what they declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gluelocal.cloud.wire.json_service import ApiError
from gluelocal.cloudformation.records import Definition
from gluelocal.cloudformation.resource_schemas import schema_of
from gluelocal.templates.intrinsics import text
from gluelocal.templates.provision import check_supported
from gluelocal.templates.template import Template, read_template
from gluelocal.templates.template_yaml import TemplateError, parse_yaml, read_text

MOST_BYTES = 51_200
"""CloudFormation quotas: the maximum size of a template in a call; a larger one comes by TemplateURL."""

NAMED, ANY = "CAPABILITY_NAMED_IAM", "CAPABILITY_IAM"
_NAMES_OF_IAM = frozenset({"RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName"})


def template_in(body: str, stack_name: str, region: str) -> Template:
    """The template of a call.

    Raises:
        ApiError: it is too large, can't be read, has a type that CloudFormation lacks in the Region, or needs something
            that the local runtime has no handler for.
    """
    if len(body.encode()) > MOST_BYTES:
        raise ApiError(
            "ValidationError",
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
            f"length less than or equal to {MOST_BYTES}",
        )
    path = Path(f"{stack_name}.template")
    try:
        template = read_template(parse_yaml(body, path), path)
        check_supported(template)
    except TemplateError as error:
        raise ApiError("ValidationError", f"Template format error: {error}") from error
    types = {resource.type for resource in template.resources.values()}  # with a condition that is false, too
    lacking = sorted(name for name in types if region in schema_of(name).lacking_in)
    if lacking:
        raise ApiError("ValidationError", f"Template format error: Unrecognized resource types: [{', '.join(lacking)}]")
    return template


def read_file(path: Path) -> tuple[Template, str]:
    """The template in a file, and its text.

    Raises:
        TemplateError: it can't be read.
    """
    body = read_text(path)
    return read_template(parse_yaml(body, path), path), body


def defined(template: Template, body: str, given: Mapping[str, str]) -> Definition:
    """The definition of a stack; defaults fill missing parameters."""
    values = {
        name: given[name] if name in given else text(definition.get("Default", ""))
        for name, definition in template.parameters.items()
    }
    capability, _ = needed_capability(template)
    return Definition(template, body, values, capabilities=(capability,) if capability else ())


def parameter_values(
    template: Template, given: Iterable[Mapping[str, Any]], previous: Mapping[str, str] | None
) -> dict[str, str]:
    """The value of each parameter as text: the given value, the former value or the default.

    Raises:
        ApiError: a value is missing, or is for an unknown parameter.
    """
    values: dict[str, str] = {}
    for parameter in given:
        name = parameter["ParameterKey"]
        if not parameter.get("UsePreviousValue"):
            values[name] = parameter.get("ParameterValue", "")
        elif previous is None or name not in previous:
            raise ApiError(
                "ValidationError",
                f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key "
                "not in the previous template",
            )
        else:
            values[name] = previous[name]
    unknown = [name for name in values if name not in template.parameters]
    if unknown:
        raise ApiError("ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [name for name in template.required_parameters() if name not in values]
    if missing:
        raise ApiError("ValidationError", f"Parameters: [{', '.join(sorted(missing))}] must have values")
    return {
        name: values[name] if name in values else text(definition["Default"])
        for name, definition in template.parameters.items()
    }


def needed_capability(template: Template) -> tuple[str, list[str]]:
    """The capability that a template needs, and the resource types that need it; empty if none."""
    of_iam = [one for one in template.resources.values() if one.type.startswith("AWS::IAM::")]
    named = any(_NAMES_OF_IAM & one.properties.keys() for one in of_iam)
    capability = (NAMED if named else ANY) if of_iam else ""
    return capability, sorted({one.type for one in of_iam})


def check_capabilities(template: Template, given: Iterable[str]) -> None:
    """Refuses a template with IAM resources if the caller has not acknowledged them.

    Raises:
        ApiError: InsufficientCapabilitiesException.
    """
    needed, _ = needed_capability(template)
    if needed and not {needed, NAMED} & set(given):
        raise ApiError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed}]")


def validated(template: Template) -> dict[str, Any]:
    """As ValidateTemplate answers."""
    capability, types = needed_capability(template)
    reason = f"The following resource(s) require capabilities: [{', '.join(types)}]"
    parameters = [
        {
            "ParameterKey": name,
            "NoEcho": text(definition.get("NoEcho", False)) == "true",
            **({"DefaultValue": text(definition["Default"])} if "Default" in definition else {}),
            **({"Description": definition["Description"]} if "Description" in definition else {}),
        }
        for name, definition in template.parameters.items()
    ]
    return {
        "Parameters": parameters,
        **({"Description": template.description} if template.description else {}),
        **({"Capabilities": [capability], "CapabilitiesReason": reason} if capability else {}),
    }
