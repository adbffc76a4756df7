"""Prepares other projects' templates for deployment: local scripts, and unknown resource types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from gluelocal.templates.intrinsics import references
from gluelocal.templates.provision import RESOURCE_TYPES, unhandled
from gluelocal.templates.resource_types.base import AnyAttribute, Context, Created, ResourceType
from gluelocal.templates.template import Resource, Template
from gluelocal.templates.template_yaml import TemplateError

SCRIPT_BUCKET = "gluelocal-scripts"
"""The bucket for scripts that a template names by a local path."""


@dataclass(frozen=True)
class Adapted:
    """A template that can be deployed.

    Attributes:
        types: the handlers of its resource types, ignored ones included.
        ignored: each ignored resource type and property with its place, in words.
        scripts: the files for `SCRIPT_BUCKET`, by key.
    """

    template: Template
    types: Mapping[str, ResourceType]
    ignored: tuple[str, ...]
    scripts: Mapping[str, Path]


def adapt(template: Template, ignore: bool) -> Adapted:
    """Prepares a template.

    If a job's ScriptLocation is a local path, relative to the template's folder, it becomes an S3 URI, as with ``aws
    cloudformation package``. If `ignore` is set, everything without a handler is left out: Ref and GetAtt of an ignored
    resource give a text that names it, which for an ARN is one. Rules do without targets that are ignored resources.

    Raises:
        TemplateError: something has no handler and must not be ignored (lists all of it, once), or a script doesn't
            exist.
    """
    unknown = tuple(f"{what} ({logical_id})" for logical_id, what in unhandled(template))
    problems = list(_missing_scripts(template))
    if unknown and not ignore:
        problems.append(
            f"{template.path}: the local runtime doesn't support {'; '.join(unknown)}. "
            "Take it out, or have it ignored with --ignore-unsupported"
        )
    if problems:
        raise TemplateError("\n".join(problems))
    left_out = {name: each.type for name, each in template.resources.items() if each.type not in RESOURCE_TYPES}
    resources = {name: _supported_part(resource, left_out) for name, resource in template.resources.items()}
    scripts = dict(_scripts(template))
    for logical_id, (key, _) in scripts.items():
        resources[logical_id] = _with_script(resources[logical_id], f"s3://{SCRIPT_BUCKET}/{key}")
    return Adapted(
        template=replace(template, resources=resources),
        types={
            **RESOURCE_TYPES,
            **{
                kind: ResourceType(frozenset(), partial(_nothing, kind), lambda _context, _existing: None)
                for kind in left_out.values()
            },
        },
        ignored=unknown,
        scripts=dict(scripts.values()),
    )


def _supported_part(resource: Resource, left_out: Collection[str]) -> Resource:
    known = RESOURCE_TYPES[resource.type].properties if resource.type in RESOURCE_TYPES else frozenset()
    properties = {name: value for name, value in resource.properties.items() if name in known}
    if resource.type == "AWS::Events::Rule" and isinstance(properties.get("Targets"), list):
        named = [{name for name, _ in references(target, resource.logical_id)} for target in properties["Targets"]]
        properties["Targets"] = [
            target for target, names in zip(properties["Targets"], named, strict=True) if names.isdisjoint(left_out)
        ]
    return replace(resource, properties=properties)


def _missing_scripts(template: Template) -> Iterator[str]:
    for logical_id, (_, path) in _scripts(template):
        if not path.is_file():
            yield (
                f"{template.path}: {logical_id}: there is no script {path}: give ScriptLocation an S3 URI, or a path "
                "from the template's folder on"
            )


def _scripts(template: Template) -> Iterator[tuple[str, tuple[str, Path]]]:
    """The jobs with a local script file: logical id, key and file."""
    for logical_id, resource in template.resources.items():
        location = _script_location(resource)
        if location and "://" not in location and "${" not in location:
            path = template.path.parent / location
            yield logical_id, (f"{logical_id}/{path.name}", path)


def _script_location(resource: Resource) -> str:
    command = resource.properties.get("Command") if resource.type == "AWS::Glue::Job" else None
    location = command.get("ScriptLocation") if isinstance(command, dict) else None
    return location if isinstance(location, str) else ""


def _with_script(resource: Resource, uri: str) -> Resource:
    command = {**resource.properties["Command"], "ScriptLocation": uri}
    return replace(resource, properties={**resource.properties, "Command": command})


def _nothing(kind: str, context: Context, _properties: Mapping[str, Any]) -> Created:
    ref = f"ignored-{context.logical_id}"
    arn = context.arn(kind.lower().split("::")[1], ref)
    return Created(ref, AnyAttribute(lambda name: arn if name.endswith("Arn") else f"{ref}.{name}"))
