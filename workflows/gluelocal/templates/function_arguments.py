"""Names in the arguments of intrinsic functions, before anything is evaluated; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gluelocal.templates.template_yaml import TemplateError

PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
"""A name in the text of ``Fn::Sub``; with ``!`` in front it is literal."""


def get_att_parts(value: Any, where: str) -> tuple[str, str]:
    """Logical id and attribute of ``Fn::GetAtt``, from a list or from ``id.attribute``.

    Raises:
        TemplateError: the value is neither.
    """
    parts = value.split(".", 1) if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        raise TemplateError(f"{where}: Fn::GetAtt takes a logical id and an attribute name, not {value!r}")
    return parts[0], parts[1]


def sub_references(value: Any) -> Iterator[tuple[str, str | None]]:
    """Every (name, attribute or None) in ``Fn::Sub`` that its own mapping lacks, in order of appearance."""
    template, own = (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (value, {})
    for name in PLACEHOLDER.findall(str(template)):
        if not name.startswith("!") and name not in own:
            logical_id, dot, attribute = name.partition(".")
            yield logical_id, attribute if dot else None
