"""Texts, and options that nobody gave, are taken as they are: typer checks every value with pydantic.

Importing pydantic takes a fifth of the processor time of a short command. A number, a path or a choice that somebody
gave is still left to typer.
"""

from __future__ import annotations

from typing import Any


def take_plain_values(parameters: list[Any]) -> list[Any]:
    """Arguments and options of typer, which take plain values without pydantic from now on."""
    for parameter in parameters:
        checked = getattr(parameter, "get_runtime_param", None)  # an older typer has no pydantic
        if checked is not None and not isinstance(checked, _Values):
            parameter.get_runtime_param = _Values(checked)
    return parameters


class _Values:
    """What typer asks for a parameter's value, in place of its own."""

    def __init__(self, checked: Any) -> None:
        self._checked = checked

    def __call__(self) -> _Values:
        """As typer's ``get_runtime_param``."""
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as typer gives it to the command."""
        several = param.multiple or param.nargs != 1
        if value is None:
            return () if several else None
        about = param.type_descriptor
        info = about.parameter_info
        is_checked = several or info.parser is not None or info.exists or info.resolve_path
        if isinstance(about.annotation, type) and isinstance(value, about.annotation) and not is_checked:
            return value  # a text that somebody gave, or the value that the option has by default
        return self._checked().coerce(value, param=param, ctx=ctx)
