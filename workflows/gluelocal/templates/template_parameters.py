"""The Parameters section of a template: definitions, defaults and constraints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from gluelocal.templates.intrinsics import text
from gluelocal.templates.template_yaml import TemplateError

_KEYS = {
    "Type",
    "Default",
    "Description",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "MinLength",
    "MaxLength",
    "MinValue",
    "MaxValue",
    "NoEcho",
}
_TYPES = {"String", "Number", "CommaDelimitedList"}

_CONSTRAINTS: dict[str, Callable[[str, Any], bool]] = {
    "AllowedValues": lambda value, allowed: value in [text(item) for item in allowed],
    "AllowedPattern": lambda value, pattern: re.fullmatch(str(pattern), value) is not None,
    "MinLength": lambda value, limit: len(value) >= int(limit),
    "MaxLength": lambda value, limit: len(value) <= int(limit),
    "MinValue": lambda value, limit: float(value) >= float(limit),
    "MaxValue": lambda value, limit: float(value) <= float(limit),
}


def check_definition(path: Path, name: str, definition: Mapping[str, Any]) -> None:
    """Refuses parts of a parameter's definition that the local runtime doesn't support.

    Raises:
        TemplateError: an unknown key, or a type other than String, Number and CommaDelimitedList.
    """
    unknown = sorted(set(definition) - _KEYS)
    if unknown:
        raise TemplateError(f"{path}: parameter {name}: {', '.join(unknown)} is not supported; remove it")
    allowed = definition.get("AllowedValues", [""])
    if not isinstance(allowed, list) or not allowed:
        raise TemplateError(f"{path}: parameter {name}: AllowedValues has to be a list that is not empty")
    if str(definition.get("Type")) not in _TYPES:
        raise TemplateError(
            f"{path}: parameter {name}: the type {definition.get('Type')} is not supported; "
            f"use one of {', '.join(sorted(_TYPES))}"
        )


def parameter_value(path: Path, name: str, definition: Mapping[str, Any], given: Mapping[str, str]) -> Any:
    """The value of a parameter: the given value, else its default; a list for CommaDelimitedList, else text.

    Raises:
        TemplateError: there is no value and no default, or the definition doesn't allow the value.
    """
    if name in given:
        value = text(given[name])
    elif "Default" in definition:
        value = text(definition["Default"])
    else:
        raise TemplateError(
            f"{path}: the parameter {name} has no default and no value was given: give --parameters {name}=VALUE"
        )
    if definition["Type"] == "Number" and not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        raise TemplateError(f"{path}: the parameter {name} takes a number, not {value!r}")
    for constraint, holds in _CONSTRAINTS.items():
        if constraint in definition and not holds(value, definition[constraint]):
            reason = definition.get("ConstraintDescription", f"{constraint} is {definition[constraint]}")
            raise TemplateError(f"{path}: the parameter {name} can't be {value!r}: {reason}")
    if definition["Type"] == "CommaDelimitedList":
        return [item.strip() for item in value.split(",")] if value else []
    return value
