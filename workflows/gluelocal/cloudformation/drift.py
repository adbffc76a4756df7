"""Drift: how the properties of resources differ from their template.

User guide, "Detecting unmanaged configuration changes": only properties that the template names are compared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from gluelocal.cloudformation.differences import Difference, differences
from gluelocal.cloudformation.handlers import Handlers
from gluelocal.cloudformation.reasons import is_missing
from gluelocal.cloudformation.records import Drift, Stack, StackResource
from gluelocal.cloudformation.shapes import instant
from gluelocal.templates.template_yaml import TemplateError

_KINDS = {"Add": "ADD", "Modify": "NOT_EQUAL", "Remove": "REMOVE"}


def detect(stack: Stack, handlers: Handlers, now_ms: Callable[[], int]) -> None:
    """Compares every resource of a stack with its current state.

    Raises:
        TemplateError: a resource's current state can't be read.
    """
    for item in stack.resources.values():
        item.drift = _drift(item, handlers, now_ms())
    stack.drift_ms = now_ms()


def as_found(stack: Stack, handlers: Handlers, now_ms: int) -> dict[str, StackResource]:
    """The stack's resources in their current state, so that an update restores what differs from the template.

    Raises:
        TemplateError: a resource's current state can't be read.
    """
    found = {}
    for name, item in stack.resources.items():
        drift = _drift(item, handlers, now_ms)
        deployed = item.deployed
        if drift.status == "DELETED":
            deployed = None
        elif drift.status == "MODIFIED" and deployed:
            unread = {key: value for key, value in deployed.properties.items() if key not in drift.expected}
            deployed = replace(deployed, properties={**unread, **drift.actual})
        found[name] = replace(item, deployed=deployed, drift=drift)
    return found


def _drift(item: StackResource, handlers: Handlers, now_ms: int) -> Drift:
    if item.deployed is None:
        return Drift("NOT_CHECKED", now_ms)
    try:
        found = handlers.read(item.declared, item.deployed)
    except TemplateError as error:
        if is_missing(error):
            return Drift("DELETED", now_ms, item.deployed.properties)
        raise
    if found is None:
        return Drift("NOT_CHECKED", now_ms)
    given = item.deployed.properties
    expected = {name: value for name, value in given.items() if name in found}
    actual = {name: _as_given(given[name], found[name]) for name in expected if found[name] is not None}
    unlike = tuple(_difference(each) for each in differences(expected, actual))
    return Drift("MODIFIED" if unlike else "IN_SYNC", now_ms, expected, actual, unlike)


def _as_given(expected: Any, actual: Any) -> Any:
    """A value without the members that the template doesn't name; list items that name each other stay paired."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return {key: _as_given(expected[key], value) for key, value in actual.items() if key in expected}
    if isinstance(expected, list) and isinstance(actual, list):
        ordered = _ordered(expected, actual)
        return [*map(_as_given, expected, ordered), *ordered[len(expected) :]]
    return actual


def _ordered(expected: list[Any], actual: list[Any]) -> list[Any]:
    """The items of a list in the template's order: matched by name, else by value."""
    rest = list(actual)
    ordered = []
    for wanted in expected:
        found = next((each for each in rest if _key(each) == _key(wanted)), None)
        if found is not None:
            rest.remove(found)
            ordered.append(found)
    return [*ordered, *rest]


def _key(item: Any) -> Any:
    if isinstance(item, Mapping):
        return next(
            (item[name] for name in ("Id", "Key", "PolicyName", "IndexName", "AttributeName") if name in item), ""
        )
    return item


def _difference(found: Difference) -> Mapping[str, str]:
    return {
        "PropertyPath": found.path,
        "ExpectedValue": json.dumps(found.before) if not isinstance(found.before, str) else found.before,
        "ActualValue": json.dumps(found.after) if not isinstance(found.after, str) else found.after,
        "DifferenceType": _KINDS[found.kind],
    }


def resource_drifts(stack: Stack) -> Iterator[dict[str, Any]]:
    """As StackResourceDrift, for each resource that was checked."""
    for name, item in list(stack.resources.items()):
        drift = item.drift
        if drift and drift.status != "NOT_CHECKED":
            yield {
                "StackId": stack.id,
                "LogicalResourceId": name,
                "PhysicalResourceId": item.physical_id,
                "ResourceType": item.declared.type,
                "ExpectedProperties": json.dumps(drift.expected),
                **({} if drift.status == "DELETED" else {"ActualProperties": json.dumps(drift.actual)}),
                "PropertyDifferences": [dict(each) for each in drift.differences],
                "StackResourceDriftStatus": drift.status,
                "Timestamp": instant(drift.at_ms),
            }
