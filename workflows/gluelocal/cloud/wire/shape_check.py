"""Checks a value against a shape of a botocore model, as strictly as the service, not only as its client.

botocore validates only members, types and minimums, as clients do. The service also checks lengths, patterns and
enumerations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from botocore.model import Shape


def shape_problem(value: Any, shape: Shape) -> str:
    """Violations of the model in a value, at any depth; empty if there are none."""
    report = ParamValidator().validate(value, shape)
    return str(report.generate_report()) if report.has_errors() else next(_problems("", value, shape), "")


def _problems(name: str, value: Any, shape: Shape) -> Iterator[str]:
    problem = _constraint(value, shape)
    if problem:
        yield f"1 validation error detected: Value at '{name}' failed to satisfy constraint: {problem}"
    if shape.type_name == "structure":
        for member, member_shape in shape.members.items():  # type: ignore[attr-defined]  # a StructureShape
            if value.get(member) is not None:
                yield from _problems(f"{name}.{member}" if name else member, value[member], member_shape)
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _problems(f"{name}.{number}.member", item, shape.member)  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _problems(f"{name}.{key}", key, shape.key)  # type: ignore[attr-defined]
            yield from _problems(f"{name}.{key}", item, shape.value)  # type: ignore[attr-defined]


def _constraint(value: Any, shape: Shape) -> str:
    rules = shape.metadata
    if shape.type_name in {"string", "list", "map"} and "max" in rules and len(value) > rules["max"]:
        return f"Member must have length less than or equal to {rules['max']}"
    if shape.type_name == "string":
        if "pattern" in rules and not re.fullmatch(_in_python(rules["pattern"]), value):
            return f"Member must satisfy regular expression pattern: {rules['pattern']}"
        if "enum" in rules and value not in rules["enum"]:
            return f"Member must satisfy enum value set: {rules['enum']}"
    elif shape.type_name in {"integer", "long"} and "max" in rules and value > rules["max"]:
        return f"Member must have value less than or equal to {rules['max']}"
    return ""


@lru_cache(maxsize=256)
def _in_python(pattern: str) -> str:
    """AWS's pattern (Java syntax) in Python's syntax.

    Java patterns name characters beyond U+FFFF by two surrogates, and letters, digits and spaces by Unicode class.
    Python has no class of letters, so that class becomes a little wider. A case-insensitive alternative begins with
    ``(?i)``; Python needs a group there.
    """
    any_case = re.sub(r"\(\?i\)([^()|]*)", r"(?i:\1)", pattern)
    beyond = any_case.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return beyond.replace(r"\p{L}", r"\w").replace(r"\p{N}", r"\d").replace(r"\p{Z}", " ")
