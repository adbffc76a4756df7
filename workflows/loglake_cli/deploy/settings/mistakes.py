"""The mistakes in the sections of a settings file, a sentence each."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from loglake.core.near_names import meant

if TYPE_CHECKING:
    from loglake.core.schema.datasets import Datasets

_NAME = frozenset(f"{string.ascii_letters}{string.digits}.-_/#")

Declared = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""The Parameters section of each template, by stack name."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the most similar known names, or all names if they are few."""
    names = list(known)
    near = meant(name, names) or (f"there is {', '.join(names)}" if len(names) <= 12 else "")
    return f": {near}" if near else ""


def check_texts(section: Any, key: str, line: str, *, longest: int) -> Iterator[str]:
    """Mistakes of a section that maps names to texts."""
    if section and not isinstance(section, dict):
        yield f"{key} has lines such as `{line}`."
        return
    for name, value in (section or {}).items():
        if not isinstance(value, str):
            yield f"{key}: {name} has one value."
        elif not name or len(name) > longest:
            yield f"{key}: {name!r} has to have 1 to {longest} letters."


def check_parameters(section: Any, declared: Declared, chosen: Iterable[str]) -> Iterator[str]:
    """Mistakes of the section of stack parameters.

    Args:
        section: the section in the file.
        declared: the stacks' parameters.
        chosen: the parameters that deploying sets itself.
    """
    mistakes = list(check_texts(section, "parameters", "LagMinutes: 60", longest=255))
    if mistakes:
        yield from mistakes
        return
    known = {name: definition for parameters in declared.values() for name, definition in parameters.items()}
    for name, value in (section or {}).items():
        if name in chosen:
            yield f"parameters: {name} can't be set here: loglake deploy gives it."
        elif name not in known:
            yield f"parameters: no stack has a parameter {name}{nearest(name, known)}."
        elif "Default" not in known[name]:
            yield f"parameters: {name} can't be set here: it comes from another stack."
        else:
            yield from _check_value(name, value, known[name])


def _check_value(name: str, value: str, definition: Mapping[str, Any]) -> Iterator[str]:
    """Finds a value that CloudFormation would refuse, before deploying."""
    allowed = [str(item) for item in definition.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"parameters: {name} is one of {', '.join(allowed)}, and not {value!r}."
    elif definition.get("Type") == "Number" and not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        yield f"parameters: {name} is a number, and not {value!r}."
    elif definition.get("Type") == "Number":
        low, high = definition.get("MinValue"), definition.get("MaxValue")
        if (low is not None and float(value) < float(low)) or (high is not None and float(value) > float(high)):
            yield f"parameters: {name} is {_range(low, high)}, and not {value}."
    elif "AllowedPattern" in definition and not re.fullmatch(str(definition["AllowedPattern"]), value):
        rule = definition.get("ConstraintDescription", f"what {definition['AllowedPattern']} matches")
        yield f"parameters: {name} is {rule}, and not {value!r}."


def _range(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"{low} or more" if low is not None else f"{high} or less"


def check_patterns(datasets: Datasets) -> Iterator[str]:
    """Patterns of a datasets file that no log group can match, whatever there is.

    CloudWatch Logs: a log group's name has letters, digits and ``. - _ / #`` (CreateLogGroup, logGroupName).
    """
    for number, entry in enumerate(datasets.entries, 1):
        for pattern in entry.log_groups:
            wrong = sorted(set(re.sub(r"\[!?[^]]*\]|[*?]", "", pattern)) - _NAME)
            if wrong:
                yield (
                    f"dataset {number}: log_groups: no log group matches {pattern}, since no name has "
                    f"{' or '.join(map(repr, wrong))}."
                )
