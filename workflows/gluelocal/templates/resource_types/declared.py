"""Resource types that ``types.yaml`` declares: their calls of the API, with JMESPath for the parameters."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import jmespath
import yaml
from botocore.exceptions import ClientError
from jmespath.functions import Functions, signature

from gluelocal.templates.intrinsics import text
from gluelocal.templates.resource_types.base import (
    Context,
    Created,
    DeployedResource,
    Properties,
    RefusedError,
    ResourceType,
    picked,
    resource_type,
    without,
)

_Function = TypeVar("_Function", bound=Callable[..., Any])
_takes: Callable[..., Callable[[_Function], _Function]] = signature  # jmespath has no types
_OBJECT, _LIST = {"types": ["object", "null"]}, {"types": ["array", "null"]}


class _Functions(Functions):  # type: ignore[misc]  # jmespath has no types
    """The functions of the expressions, besides JMESPath's own. A null object or list counts as empty."""

    @_takes(_OBJECT, _LIST)
    def _func_pick(self, value: Any, names: Any) -> Any:
        return picked(value or {}, *names)

    @_takes(_OBJECT, _LIST)
    def _func_without(self, value: Any, names: Any) -> Any:
        return without(value or {}, *names)

    @_takes(_LIST, _LIST)
    def _func_minus(self, values: Any, others: Any) -> Any:
        return [value for value in values or [] if value not in (others or [])]

    @_takes(_OBJECT, _OBJECT)
    def _func_changes(self, old: Any, new: Any) -> Any:
        return [name for name in {**old, **new} if old.get(name) != new.get(name)]

    @_takes(_LIST)
    def _func_tags(self, tags: Any) -> Any:
        return {text(tag["Key"]): text(tag["Value"]) for tag in tags or []}

    @_takes({"types": ["string", "object", "null"]})
    def _func_json(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value


_search = partial(jmespath.search, options=jmespath.Options(custom_functions=_Functions()))


def _scope(declared: Any, context: Context, name: str, new: Properties, old: Properties) -> dict[str, Any]:
    """What the expressions of a resource know.

    Raises:
        TemplateError: a nested property is not one that the type honours.
    """
    scope: dict[str, Any] = {"new": new, "old": old, "id": name, "name": name, "account": context.account_id}
    scope |= {"region": context.region, "partition": context.partition}
    for path, accepted in declared.get("only", {}).items():
        for value in _search(f"[new.{path}][]", scope):
            context.only(value, accepted.split(), path.replace("[]", ""))
    for definition, expression in declared.get("let", {}).items():
        scope[definition] = _search(expression, scope)
    return scope


def _carry_out(context: Context, calls: list[Any], scope: dict[str, Any]) -> None:
    """Makes calls, one after the other; the scope has the last answer."""
    for call in calls:
        if isinstance(call, list):
            _carry_out(context, call, scope)
        elif _search(call.get("if", "`true`"), scope):
            service, _, operation = call["call"].partition(":")
            kept = scope[call.get("keep", "answers")] = []
            for item in _search(call.get("each", "[id]"), scope) or []:
                parameters = _given(_search(call["with"], {**scope, "item": item}))
                scope["answer"] = _answer(context, service, operation, parameters, call.get("unset", ()))
                kept.append(scope["answer"])


def _answer(context: Context, service: str, operation: str, parameters: Any, unset: Sequence[str]) -> dict[str, Any]:
    """The answer to a call; empty if an error says that there is nothing."""
    try:
        return context.call(service, operation, parameters)
    except RefusedError as error:
        if isinstance(error.error, ClientError) and error.error.response["Error"]["Code"] in unset:
            return {}
        raise


def _given(value: Any) -> Any:
    """A value without the members that are null, at any depth."""
    if isinstance(value, Mapping):
        return {name: _given(item) for name, item in value.items() if item is not None}
    return [_given(item) for item in value] if isinstance(value, list) else value


def _create(declared: Any, context: Context, new: Properties) -> Created:
    missing = [name for name in declared.get("required", "").split() if name not in new]
    if missing:
        raise KeyError(missing[0])
    named = _search(declared.get("of", "new"), {"new": new})
    name = context.name(
        named, declared.get("name", "Id"), declared.get("longest", 255), lower=declared.get("lower", False)
    )
    scope = _scope(declared, context, name, new, {})
    if "exists" in declared and _exists(declared, context, scope):
        raise context.error(_search(declared["exists"]["refusal"], scope))
    first, *others = declared["create"]
    _carry_out(context, [first], scope)
    made = _made(declared, scope)
    context.begun.append(made)
    _carry_out(context, others, scope)
    return made


def _exists(declared: Any, context: Context, scope: dict[str, Any]) -> bool:
    _carry_out(context, [declared["exists"]], scope)
    return bool(scope["answer"])


def _made(declared: Any, scope: dict[str, Any]) -> Created:
    return Created(text(_search(declared["ref"], scope)), _given(_search(declared.get("attributes", "`{}`"), scope)))


def _update(declared: Any, context: Context, existing: DeployedResource, new: Properties) -> Created | None:
    scope = _scope(declared, context, existing.physical_id, new, existing.properties)
    refused = declared.get("refuse", {"if": "`false`"})
    if _search(refused["if"], scope):
        raise context.error(_search(refused["because"], scope))
    _carry_out(context, declared["update"], scope)
    return _made(declared, scope) if "adopt" in declared else None


def _adopt(declared: Any, context: Context, name: str) -> Created:
    scope = _scope(declared, context, name, {}, {})
    if "exists" in declared and not _exists(declared, context, scope):
        raise context.error(f"{name} does not exist")
    _carry_out(context, declared["adopt"], scope)
    return _made(declared, scope)


def _delete(declared: Any, context: Context, existing: DeployedResource) -> None:
    _carry_out(context, declared["delete"], _scope(declared, context, existing.physical_id, {}, existing.properties))


def _read(declared: Any, context: Context, existing: DeployedResource) -> Properties:
    read, scope = declared["read"], _scope(declared, context, existing.physical_id, {}, existing.properties)
    _carry_out(context, read.get("calls", [read]), scope)
    if "as" in read:
        found: dict[str, Any] = _given(_search(read["as"], scope) or {})
        return found
    found = _search(read["given"], scope)
    unread = {"Tags", "StartOnCreation"} - set(found)
    return {name: _given(found.get(name)) for name in without(existing.properties, *unread)}


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the other one takes a hundred times as long

TYPES: dict[str, ResourceType] = {
    name: resource_type(
        partial(_create, declared),
        declared["properties"],
        update=partial(_update, declared) if "update" in declared else None,
        delete=partial(_delete, declared),
        read=partial(_read, declared) if "read" in declared else None,
        adopt=partial(_adopt, declared) if "adopt" in declared else None,
    )
    for name, declared in yaml.load(Path(__file__).with_name("types.yaml").read_text("utf-8"), _LOADER).items()
}
