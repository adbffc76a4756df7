"""Marks a test as the proof of a rule of AWS. docs/reference/fidelity.md is generated from the marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Test = TypeVar("_Test", bound=Callable[..., object])


def rule(text: str, source: str, differs: str = "") -> Callable[[_Test], _Test]:
    """Marks the rule that a test proves.

    Args:
        text: the rule of AWS.
        source: where AWS says so, such as ``Glue API, CreateTrigger``.
        differs: if the local runtime differs: how, and why. The test then pins its behaviour.
    """
    del text, source, differs  # the page is written from the source of the test, without running it

    def mark(test: _Test) -> _Test:
        return test

    return mark
