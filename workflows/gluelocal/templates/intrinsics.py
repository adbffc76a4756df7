"""CloudFormation's intrinsic functions, as one table; pure.

A function that is not in the table is an error. So a template that deploys locally means the same on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional

from gluelocal.templates.template_yaml import TemplateError

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
"""A name in the text of ``Fn::Sub``; with ``!`` in front it is literal."""

NO_VALUE = object()
"""The value of ``Ref: AWS::NoValue``: a property with this value is left out."""

Attribute = Callable[[str, Optional[str]], Any]
"""(logical id, attribute or None for Ref) → its value; LookupError if it doesn't exist."""


@dataclass(frozen=True)
class Scope:
    """The names that a template value can refer to.

    Attributes:
        where: template and logical id, for errors.
        values: parameters and pseudo parameters by name.
        mappings: the template's Mappings section.
        conditions: the template's Conditions section, unevaluated.
        attribute: looks up Ref and GetAtt of resources.
    """

    where: str
    values: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, Any]
    attribute: Attribute

    def error(self, message: str) -> TemplateError:
        """A TemplateError with the place."""
        return TemplateError(f"{self.where}: {message}")


def resolve(value: Any, scope: Scope) -> Any:
    """Evaluates all functions in a value; leaves out NO_VALUE entries of dicts and lists.

    Raises:
        TemplateError: an unsupported function, wrong arguments, or a reference to a missing name.
    """
    if isinstance(value, dict):
        name = function_of(value, scope.where)
        if name:
            return _FUNCTIONS[name](value[name], scope)
        items = {key: resolve(item, scope) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (resolve(entry, scope) for entry in value) if item is not NO_VALUE]
    return value


def condition_holds(name: str, scope: Scope, path: tuple[str, ...] = ()) -> bool:
    """Evaluates a condition of the template by name.

    Raises:
        TemplateError: the condition doesn't exist, or refers to itself.
    """
    if not isinstance(name, str) or name not in scope.conditions:
        raise scope.error(f"the condition {name!r} is not in the Conditions section")
    if name in path:
        raise scope.error(f"the condition {name} refers to itself: {' -> '.join((*path, name))}")
    return _truth(scope.conditions[name], scope, (*path, name))


def references(value: Any, where: str) -> Iterator[tuple[str, str | None]]:
    """Every (name, attribute or None) that Ref, GetAtt and Sub in a value name, in order of appearance."""
    if isinstance(value, list):
        for item in value:
            yield from references(item, where)
    elif isinstance(value, dict):
        name = function_of(value, where)
        if name == "Ref":
            yield str(value["Ref"]), None
        elif name == "Fn::GetAtt":
            yield _get_att_parts(value[name], where)
        else:
            if name == "Fn::Sub":
                yield from _sub_references(value[name])
            for item in value.values():
                yield from references(item, where)


def function_of(value: Mapping[Any, Any], where: str) -> str | None:
    """The function that a dict calls; None for a plain dict.

    Raises:
        TemplateError: the function isn't supported, or the dict has other keys.
    """
    names = [key for key in value if key == "Ref" or str(key).startswith("Fn::")]
    if not names:
        return None
    if len(value) > 1:
        raise TemplateError(f"{where}: {names[0]} must be the only key of its mapping, not beside {sorted(value)}")
    if names[0] not in _FUNCTIONS:
        raise TemplateError(
            f"{where}: the function {names[0]} is not supported here; use one of {', '.join(sorted(_FUNCTIONS))}"
        )
    return str(names[0])


def text(value: Any) -> str:
    """A scalar as CloudFormation converts it to text: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _truth(value: Any, scope: Scope, path: tuple[str, ...]) -> bool:
    """A condition expression: a function of conditions, or ``Condition: Name``."""
    if isinstance(value, dict) and set(value) == {"Condition"}:
        return condition_holds(value["Condition"], scope, path)
    name = function_of(value, scope.where) if isinstance(value, dict) else None
    if name == "Fn::Equals":
        return bool(_equals(value[name], scope))
    if name not in {"Fn::And", "Fn::Or", "Fn::Not"}:
        raise scope.error(f"a condition is made of Fn::Equals, Fn::And, Fn::Or, Fn::Not and Condition, not {value!r}")
    low, high = (1, 1) if name == "Fn::Not" else (2, 10)
    parts = [_truth(item, scope, path) for item in _list(value[name], scope, name, low, high)]
    return {"Fn::And": all(parts), "Fn::Or": any(parts), "Fn::Not": not parts[0]}[name]


def _list(value: Any, scope: Scope, name: str, low: int, high: int | None = None) -> list[Any]:
    high = high or low
    if not isinstance(value, list) or not low <= len(value) <= high:
        count = str(low) if low == high else f"{low} to {high}"
        raise scope.error(f"{name} takes a list of {count} items, not {value!r}")
    return value


def _strings(value: Any, scope: Scope, name: str) -> list[str]:
    resolved = resolve(value, scope)
    if not isinstance(resolved, list):
        raise scope.error(f"{name} takes a list of strings, not {resolved!r}")
    return [text(item) for item in resolved]


def _look_up(name: str, attribute: str | None, scope: Scope) -> Any:
    try:
        return scope.attribute(name, attribute)
    except LookupError as error:
        what = f"Ref {name}" if attribute is None else f"GetAtt {name}.{attribute}"
        raise scope.error(f"{what} refers to nothing: {error.args[0]}") from error


def _ref(value: Any, scope: Scope) -> Any:
    name = str(value)
    if name == "AWS::NoValue":
        return NO_VALUE
    return scope.values[name] if name in scope.values else _look_up(name, None, scope)


def _get_att(value: Any, scope: Scope) -> Any:
    return _look_up(*_get_att_parts(value, scope.where), scope)


def _sub(value: Any, scope: Scope) -> str:
    template, own = _list(value, scope, "Fn::Sub", 2) if isinstance(value, list) else (value, {})
    if not isinstance(template, str) or not isinstance(own, dict):
        raise scope.error(f"Fn::Sub takes a string, or a string and a mapping, not {value!r}")
    variables = {name: text(resolve(item, scope)) for name, item in own.items()}

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name.startswith("!"):
            return "${" + name[1:] + "}"
        if name in variables:
            return variables[name]
        logical_id, dot, attribute = name.partition(".")
        return text(_look_up(logical_id, attribute, scope) if dot else _ref(name, scope))

    return _PLACEHOLDER.sub(replace, template)


def _join(value: Any, scope: Scope) -> str:
    delimiter, items = _list(value, scope, "Fn::Join", 2)
    return str(delimiter).join(_strings(items, scope, "Fn::Join"))


def _split(value: Any, scope: Scope) -> list[str]:
    delimiter, source = _list(value, scope, "Fn::Split", 2)
    return text(resolve(source, scope)).split(str(delimiter))


def _select(value: Any, scope: Scope) -> Any:
    index, items = _list(value, scope, "Fn::Select", 2)
    choices = resolve(items, scope)
    number = text(resolve(index, scope))
    if not isinstance(choices, list) or not number.isdigit() or int(number) >= len(choices):
        raise scope.error(f"Fn::Select can't take item {number} of {choices!r}")
    return choices[int(number)]


def _if(value: Any, scope: Scope) -> Any:
    condition, then, otherwise = _list(value, scope, "Fn::If", 3)
    return resolve(then if condition_holds(condition, scope) else otherwise, scope)


def _equals(value: Any, scope: Scope) -> bool:
    left, right = (resolve(item, scope) for item in _list(value, scope, "Fn::Equals", 2))
    return text(left) == text(right)


def _find_in_map(value: Any, scope: Scope) -> Any:
    keys = [text(resolve(item, scope)) for item in _list(value, scope, "Fn::FindInMap", 3)]
    found: Any = scope.mappings
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            raise scope.error(f"Fn::FindInMap finds no {' / '.join(keys)} in the Mappings section")
        found = found[key]
    return found


def _only_in_conditions(_: Any, scope: Scope) -> Any:
    raise scope.error("Fn::And, Fn::Or, Fn::Not and Fn::Equals belong into the Conditions section; use Fn::If here")


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Equals": _only_in_conditions,
    "Fn::And": _only_in_conditions,
    "Fn::Or": _only_in_conditions,
    "Fn::Not": _only_in_conditions,
}


def _get_att_parts(value: Any, where: str) -> tuple[str, str]:
    """Logical id and attribute of ``Fn::GetAtt``, from a list or from ``id.attribute``.

    Raises:
        TemplateError: the value is neither.
    """
    parts = value.split(".", 1) if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        raise TemplateError(f"{where}: Fn::GetAtt takes a logical id and an attribute name, not {value!r}")
    return parts[0], parts[1]


def _sub_references(value: Any) -> Iterator[tuple[str, str | None]]:
    """Every (name, attribute or None) in ``Fn::Sub`` that its own mapping lacks, in order of appearance."""
    template, own = (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (value, {})
    for name in _PLACEHOLDER.findall(str(template)):
        if not name.startswith("!") and name not in own:
            logical_id, dot, attribute = name.partition(".")
            yield logical_id, attribute if dot else None
