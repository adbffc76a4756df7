"""Glue API calls that change what runs: they create, update and delete triggers, jobs, crawlers and workflows.

moto keeps the API's data; this module changes the model that the runtime uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar, Union

from gluelocal.cloud.wire.json_service import ApiError, Operation
from gluelocal.engine.events import TriggerFired
from gluelocal.engine.state import RUNNING, GlueError
from gluelocal.executor.glue_api import moto_glue
from gluelocal.executor.glue_api import shapes as glue_shapes
from gluelocal.executor.runtime import Runtime
from gluelocal.model.model import ACTIVATED, DEACTIVATED, Crawler, Job, Model, Trigger, Workflow
from gluelocal.model.reader import (
    UNREADABLE,
    read_crawler,
    read_job,
    read_trigger,
    read_workflow,
    what_is_wrong,
)
from gluelocal.model.rules import crawler_problems, job_problems, trigger_problems
from gluelocal.model.trigger_rules import START_TYPES

Answer = dict[str, Any]
Request = dict[str, Any]
Item = Union[Trigger, Job, Crawler, Workflow]
_Read = TypeVar("_Read")

_ORIGIN = "the call"
_STORES = {Trigger: "triggers", Job: "jobs", Crawler: "crawlers", Workflow: "workflows"}


class GlueChanges:
    """The operations of a runtime. When the model has a change, moto stores it if it can."""

    def __init__(self, runtime: Runtime, now_ms: Callable[[], int]) -> None:
        self._runtime = runtime
        self._now_ms = now_ms

    def operations(self) -> dict[str, Operation]:
        """The operations by name."""
        return {
            "CreateTrigger": self._create_trigger,
            "UpdateTrigger": self._update_trigger,
            "StartTrigger": self._start_trigger,
            "StopTrigger": self._stop_trigger,
            "DeleteTrigger": self._deleting(Trigger, "Name"),
            "CreateJob": self._create_job,
            "UpdateJob": self._update_job,
            "DeleteJob": self._deleting(Job, "JobName"),
            "CreateCrawler": self._create_crawler,
            "UpdateCrawler": self._update_crawler,
            "DeleteCrawler": self._delete_crawler,
            "CreateWorkflow": self._create_workflow,
            "UpdateWorkflow": self._update_workflow,
            "DeleteWorkflow": self._delete_workflow,
        }

    def _create_trigger(self, region: str, request: Request) -> Answer:
        trigger = _read(lambda: read_trigger(request["Name"], request, _ORIGIN))
        self._add(trigger, trigger_problems)
        moto_glue.store_trigger(region, request)
        return {"Name": trigger.name}

    def _update_trigger(self, region: str, request: Request) -> Answer:
        """TriggerUpdate overwrites a whole trigger, except its type, workflow and state."""
        old = self._known(Trigger, request["Name"])
        given = {"Actions": [], **request["TriggerUpdate"], "Type": old.type, "WorkflowName": old.workflow_name}
        new = replace(_read(lambda: read_trigger(old.name, given, _ORIGIN)), state=old.state)
        self._put(new, trigger_problems)
        return {"Trigger": moto_glue.update_trigger(region, old.name, given)}

    def _start_trigger(self, _region: str, request: Request) -> Answer | None:
        trigger = self._known(Trigger, request["Name"])
        if trigger.type == "ON_DEMAND":
            with refusals():
                self._runtime.call(TriggerFired(trigger.name, self._now_ms()))
            return {"Name": trigger.name}
        if trigger.workflow_name:
            self._known(Workflow, trigger.workflow_name)
        self._put(replace(trigger, state=ACTIVATED))
        return None

    def _stop_trigger(self, _region: str, request: Request) -> Answer | None:
        trigger = self._known(Trigger, request["Name"])
        if trigger.type == "ON_DEMAND":  # it never fires by itself
            return {"Name": trigger.name}
        self._put(replace(trigger, state=DEACTIVATED))
        return None

    def _create_job(self, _region: str, request: Request) -> None:
        self._add(_read(lambda: read_job(request["Name"], request, _ORIGIN)), job_problems)

    def _update_job(self, region: str, request: Request) -> Answer:
        """JobUpdate: "unspecified configuration is removed or reset to default values"."""
        name = self._known(Job, request["JobName"]).name
        given = request["JobUpdate"]
        self._put(_read(lambda: read_job(name, given, _ORIGIN)), job_problems)
        moto_glue.update_job(region, name, given)
        return {"JobName": name}

    def _create_crawler(self, _region: str, request: Request) -> None:
        self._add(_read(lambda: read_crawler(request["Name"], request, _ORIGIN)), crawler_problems)

    def _update_crawler(self, region: str, request: Request) -> Answer:
        old = self._known(Crawler, request["Name"])
        self._not_running(old.name)
        self._put(_read(lambda: read_crawler(old.name, {**old.properties, **request}, _ORIGIN)), crawler_problems)
        moto_glue.update_crawler(region, old.name, request)
        return {}

    def _delete_crawler(self, region: str, request: Request) -> Answer | None:
        self._not_running(request["Name"])
        return self._deleting(Crawler, "Name")(region, request)

    def _create_workflow(self, _region: str, request: Request) -> None:
        self._add(_read(lambda: read_workflow(request["Name"], request, _ORIGIN)))

    def _update_workflow(self, _region: str, request: Request) -> None:
        old = self._known(Workflow, request["Name"])
        new = _read(lambda: read_workflow(old.name, request, _ORIGIN))
        self._put(
            replace(
                old,
                default_run_properties=new.default_run_properties or old.default_run_properties,
                max_concurrent_runs=new.max_concurrent_runs or old.max_concurrent_runs,
            )
        )

    def _delete_workflow(self, _region: str, request: Request) -> None:
        """The workflow's triggers stay but no longer fire, because they have nothing to start."""
        name = request["Name"]

        def edit(model: Model) -> Model:
            triggers = {
                key: replace(one, state=DEACTIVATED) if one.workflow_name == name else one
                for key, one in model.triggers.items()
            }
            return replace(_without(model, Workflow, name), triggers=MappingProxyType(triggers))

        self._change(edit)

    def _deleting(self, kind: type[Item], member: str) -> Operation:
        def delete(_region: str, request: Request) -> None:
            self._change(lambda model: _without(model, kind, request[member]))

        return delete

    def _add(self, item: Item, problems: Callable[[Model, Any], Iterable[str]] = lambda _, __: ()) -> None:
        if item.name in _store(self._runtime.model, type(item)):
            raise ApiError("AlreadyExistsException", f"{type(item).__name__} {item.name} already exists")
        self._put(item, problems)

    def _put(self, item: Item, problems: Callable[[Model, Any], Iterable[str]] = lambda _, __: ()) -> None:
        def edit(model: Model) -> Model:
            store = {**_store(model, type(item)), item.name: item}
            changed = replace(model, **{_STORES[type(item)]: MappingProxyType(store)})
            found = [*problems(changed, item), *_second_start(changed, item)]
            if found:
                raise ApiError("InvalidInputException", "; ".join(found))
            return changed

        self._change(edit)

    def _change(self, edit: Callable[[Model], Model]) -> None:
        with refusals():
            self._runtime.change(edit)

    def _known(self, kind: type[_Read], name: str) -> _Read:
        found: _Read | None = _store(self._runtime.model, kind).get(name)
        if found is None:
            raise ApiError("EntityNotFoundException", f"{kind.__name__} {name} not found")
        return found

    def _not_running(self, crawler_name: str) -> None:
        if any(crawl.state == RUNNING for crawl in glue_shapes.crawls(self._runtime.state, crawler_name)):
            raise ApiError("CrawlerRunningException", f"Crawler with name {crawler_name} is currently running")


def _store(model: Model, kind: type[Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(model, _STORES[kind])
    return found


def _without(model: Model, kind: type[Item], name: str) -> Model:
    kept = {key: item for key, item in _store(model, kind).items() if key != name}
    return replace(model, **{_STORES[kind]: MappingProxyType(kept)})


def _second_start(model: Model, item: Item) -> list[str]:
    """A workflow has at most one start trigger (developer guide, Glue triggers)."""
    if not isinstance(item, Trigger) or not item.workflow_name or item.type not in START_TYPES:
        return []
    starts = [one.name for one in model.triggers_of(item.workflow_name) if one.type in START_TYPES]
    return [f"the workflow {item.workflow_name} has the start trigger {starts[0]} already"] if len(starts) > 1 else []


@contextmanager
def refusals() -> Iterator[None]:
    """Converts the engine's refusals to API errors."""
    try:
        yield
    except GlueError as error:
        raise ApiError(error.code, str(error).partition(": ")[2]) from error


def _read(read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except UNREADABLE as error:
        raise ApiError("InvalidInputException", f"a parameter is missing or wrong: {what_is_wrong(error)}") from error
