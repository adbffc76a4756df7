"""A CloudFormation template: its sections checked, its parameters bound, its functions resolved. Pure: no AWS calls.

If the local runtime can't do something, that is an error here with template and logical id; nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from gluelocal.templates.intrinsics import (
    NO_VALUE,
    Attribute,
    Scope,
    condition_holds,
    references,
    resolve,
    text,
)
from gluelocal.templates.template_parameters import check_definition, parameter_value
from gluelocal.templates.template_yaml import TemplateError, load_yaml

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Mappings",
    "Conditions",
    "Resources",
    "Outputs",
}
_RESOURCE_KEYS = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
}
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_OUTPUT_KEYS = {"Value", "Description", "Condition", "Export"}


@dataclass(frozen=True)
class Resource:
    """One resource as written, functions not resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"


@dataclass(frozen=True)
class Template:
    """A template as written, sections and shapes checked.

    Attributes:
        path: its file; for a template from a call, a name for messages.
    """

    path: Path
    parameters: Mapping[str, Mapping[str, Any]]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Mapping[str, Any]]
    description: str = ""

    def required_parameters(self) -> frozenset[str]:
        """The parameters that have no default."""
        return frozenset(name for name, definition in self.parameters.items() if "Default" not in definition)

    def bind(self, given: Mapping[str, str], pseudo: Mapping[str, str]) -> BoundTemplate:
        """The template with values for its parameters.

        Args:
            given: values by parameter name; defaults fill missing ones.
            pseudo: values of ``AWS::Region``, ``AWS::AccountId``, ``AWS::Partition``, ``AWS::StackName``, …

        Raises:
            TemplateError: a required parameter is missing, a value is not allowed, a given name is not a parameter, or
                a reference leads nowhere.
        """
        unknown = sorted(set(given) - set(self.parameters))
        if unknown:
            raise TemplateError(f"{self.path}: there is no parameter {', '.join(unknown)}; leave it out")
        values = {name: parameter_value(self.path, name, each, given) for name, each in self.parameters.items()}
        bound = BoundTemplate(self, {**pseudo, **values})
        bound.check_references()
        return bound


@dataclass(frozen=True)
class BoundTemplate:
    """A template with parameter values; an `Attribute` lookup gives the values of its resources."""

    template: Template
    values: Mapping[str, Any]

    def active(self) -> dict[str, Resource]:
        """The resources with a true condition or none, as written."""
        return {name: item for name, item in self.template.resources.items() if self._holds(item.condition, name)}

    def order(self) -> list[Resource]:
        """The active resources, each after the ones that it refers to or depends on.

        Raises:
            TemplateError: resources depend on each other in a cycle.
        """
        active = self.active()
        try:
            return [active[name] for name in TopologicalSorter(self.dependencies()).static_order()]
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise TemplateError(f"{self.template.path}: resources depend on each other in a circle: {circle}") from None

    def dependencies(self) -> dict[str, list[str]]:
        """For each active resource, the active ones that it refers to or depends on."""
        active = self.active()
        path = self.template.path
        return {name: sorted({*_reference_names(item, path)} & set(active)) for name, item in active.items()}

    def properties(self, resource: Resource, attribute: Attribute) -> dict[str, Any]:
        """The properties of a resource with every function resolved."""
        resolved = resolve(dict(resource.properties), self._scope(resource.logical_id, attribute))
        assert isinstance(resolved, dict)
        return resolved

    def outputs(self, attribute: Attribute) -> dict[str, str]:
        """Name and value of every output with a true condition or none."""
        values = {}
        for name, output in self.template.outputs.items():
            where = f"output {name}"
            if self._holds(output.get("Condition"), where):
                value = resolve(output["Value"], self._scope(where, attribute))
                if value is NO_VALUE or isinstance(value, (dict, list)):
                    raise TemplateError(f"{self.template.path}: {where}: the value must be a string, not {value!r}")
                values[name] = text(value)
        return values

    def check_references(self) -> None:
        """Finds references to missing names, even under conditions that are false.

        Raises:
            TemplateError: a Ref, GetAtt, Sub, DependsOn or Condition names nothing in the template.
        """
        known = set(self.values) | set(self.template.resources) | {"AWS::NoValue"}
        for where, name in self._all_references():
            if name not in known:
                raise TemplateError(
                    f"{self.template.path}: {where}: {name} is neither a parameter nor a resource of this template; "
                    "correct the name or declare it"
                )
        for name in self.template.conditions:
            self._holds(name, f"condition {name}")

    def _all_references(self) -> Iterator[tuple[str, str]]:
        path = self.template.path
        for resource in self.template.resources.values():
            yield from ((resource.logical_id, name) for name in _reference_names(resource, path))
        for where, values in (("Conditions", self.template.conditions), ("Outputs", self.template.outputs)):
            yield from ((where, name) for name, _ in references(dict(values), f"{path}: {where}"))

    def _holds(self, condition: str | None, where: str) -> bool:
        return condition is None or condition_holds(condition, self._scope(where, _no_resource))

    def _scope(self, where: str, attribute: Attribute) -> Scope:
        template = self.template
        return Scope(f"{template.path}: {where}", self.values, template.mappings, template.conditions, attribute)


def load_template(path: Path) -> Template:
    """Reads a template and checks its sections and their shapes.

    Raises:
        TemplateError: the file can't be read, or has a section or key that the local runtime doesn't support.
    """
    return read_template(load_yaml(path), path)


def read_template(document: Mapping[str, Any], path: Path) -> Template:
    """As `load_template`, from the result of `load_yaml` or `parse_yaml`."""
    _only(document, _SECTIONS, f"{path}")
    sections = {name: _mapping(document.get(name), f"{path}: {name}") for name in _SECTIONS - _TEXT_SECTIONS}
    if not sections["Resources"]:
        raise TemplateError(f"{path}: the template has no Resources")
    for name, definition in sections["Parameters"].items():
        check_definition(path, name, _mapping(definition, f"{path}: parameter {name}"))
    for name, output in sections["Outputs"].items():
        _only(_mapping(output, f"{path}: output {name}"), _OUTPUT_KEYS, f"{path}: output {name}")
        if "Value" not in (output or {}):
            raise TemplateError(f"{path}: output {name}: it has no Value")
    return Template(
        path=path,
        parameters=sections["Parameters"],
        mappings=sections["Mappings"],
        conditions=sections["Conditions"],
        resources={name: _resource(path, name, body) for name, body in sections["Resources"].items()},
        outputs=sections["Outputs"],
        description=str(document.get("Description", "")),
    )


_TEXT_SECTIONS = {"AWSTemplateFormatVersion", "Description", "Metadata"}


def _resource(path: Path, logical_id: str, body: Any) -> Resource:
    where = f"{path}: {logical_id}"
    body = _mapping(body, where)
    _only(body, _RESOURCE_KEYS, where)
    if not isinstance(body.get("Type"), str):
        raise TemplateError(f"{where}: the resource has no Type")
    depends_on = body.get("DependsOn", [])
    policies = {key: body.get(key, "Delete") for key in ("DeletionPolicy", "UpdateReplacePolicy")}
    for key, value in policies.items():
        if value not in _POLICIES[key]:
            raise TemplateError(f"{where}: {key} is one of {', '.join(_POLICIES[key])}, not {value!r}")
    return Resource(
        logical_id=logical_id,
        type=body["Type"],
        properties=_mapping(body.get("Properties"), f"{where}: Properties"),
        depends_on=tuple([depends_on] if isinstance(depends_on, str) else depends_on),
        condition=body.get("Condition"),
        deletion_policy=policies["DeletionPolicy"],
        update_replace_policy=policies["UpdateReplacePolicy"],
    )


def _reference_names(resource: Resource, path: Path) -> list[str]:
    found = references(dict(resource.properties), f"{path}: {resource.logical_id}")
    return [*(name for name, _ in found), *resource.depends_on]


def _no_resource(name: str, _: str | None) -> Any:
    raise LookupError(f"a condition can't depend on the resource {name}")


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TemplateError(f"{where}: a mapping is expected here, not {value!r}")
    return value


def _only(mapping: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    unknown = sorted(str(key) for key in set(mapping) - set(allowed))
    if unknown:
        raise TemplateError(f"{where}: {', '.join(unknown)} is not supported by the local runtime; remove it")
