"""Marks a test as the proof of a rule of AWS. docs/fidelity.md is generated from the marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Test = TypeVar("_Test", bound=Callable[..., object])


def rule(text: str, source: str, differs: str = "") -> Callable[[_Test], _Test]:
    """Says which rule a test is about.

    Args:
        text: the rule, as AWS has it.
        source: where AWS says so, such as ``Glue API, CreateTrigger``.
        differs: where the local runtime does something else: what, and why. The test then pins what it does.
    """
    del text, source, differs  # the page is written from the source of the test, without running it

    def mark(test: _Test) -> _Test:
        return test

    return mark
