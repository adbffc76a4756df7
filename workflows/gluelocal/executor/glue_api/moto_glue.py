"""Reads moto's Glue, and changes its triggers, jobs and crawlers directly, because moto has no calls for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.model import StructureShape
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.glue.models import GlueBackend, glue_backends
from moto.glue.utils import Action, Predicate

from gluelocal.cloud.wire.service_models import service_model

_EMPTY: Mapping[str, Any] = {"execution_property": {}, "default_arguments": {}, "execution_class": "STANDARD"}
"""moto's values for job members that aren't given."""


def backend(region: str) -> GlueBackend:
    """The Glue of moto in a Region."""
    found: GlueBackend = glue_backends[DEFAULT_ACCOUNT_ID][region]
    return found


def plain(value: Any) -> Any:
    """A moto answer as JSON: times are numbers, null members are left out."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


def store_trigger(region: str, request: Mapping[str, Any]) -> None:
    """Stores the result of CreateTrigger. moto's own call requires a Logical; Glue does not (API Predicate)."""
    backend(region).create_trigger(
        name=request["Name"],
        workflow_name=request.get("WorkflowName", ""),
        trigger_type=request["Type"],
        start_on_creation=request.get("StartOnCreation", False),
        tags=request.get("Tags", {}),
        **_definition(request),
    )


def update_trigger(region: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Overwrites a trigger's definition, and returns the trigger in the API's form."""
    trigger = backend(region).get_trigger(name)
    for attribute, value in _definition(given).items():
        setattr(trigger, attribute, value)
    answer: dict[str, Any] = trigger.as_dict()
    return answer


def update_job(region: str, name: str, given: Mapping[str, Any]) -> None:
    """Overwrites a job; members that aren't given are removed."""
    job = backend(region).get_job(name)
    shape = service_model("glue").shape_for("JobUpdate")
    for member in shape.members if isinstance(shape, StructureShape) else ():
        attribute = xform_name(member)
        if hasattr(job, attribute):
            setattr(job, attribute, given.get(member, _EMPTY.get(attribute)))
    job.last_modified_on = utcnow()


def update_crawler(region: str, name: str, given: Mapping[str, Any]) -> None:
    """Changes the given members of a crawler."""
    crawler = backend(region).get_crawler(name)
    for member, value in given.items():
        setattr(crawler, xform_name(member), value)
    crawler.last_updated = utcnow()
    crawler.version += 1


def _definition(given: Mapping[str, Any]) -> dict[str, Any]:
    predicate = given.get("Predicate")
    return {
        "schedule": given.get("Schedule", ""),
        "predicate": Predicate({"Logical": "AND", **predicate}) if predicate else None,
        "actions": [Action(action) for action in given.get("Actions", [])],
        "description": given.get("Description", ""),
        "event_batching_condition": given.get("EventBatchingCondition"),
    }
