"""Writes docs/reference/fidelity.md: which rules of AWS the local runtime follows, and where it differs.

The rules are the marks of the conformance tests, read from their source, so the page says no more than the tests prove:
``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.docs.template import DOCS, filled

PAGE = DOCS / "reference" / "fidelity.md"
SUITES = tuple(DOCS.parent / "tests" / house / "conformance" for house in ("gluelocal", "local"))


@dataclass(frozen=True)
class Rule:
    """A rule as a test's mark has it; `differs` is empty if the rule holds."""

    test: str
    text: str
    source: str
    differs: str = ""


@dataclass(frozen=True)
class Area:
    """The rules of one file, in the order of its tests."""

    title: str
    file: str
    rules: tuple[Rule, ...]


def areas() -> list[Area]:
    """All rules, by file in the order of their titles.

    Raises:
        ValueError: a test has no mark, or a mark with other values than plain texts.
    """
    return sorted((_area(path) for suite in SUITES for path in suite.glob("test_*.py")), key=lambda area: area.title)


def render() -> str:
    """The page, as Markdown."""
    found = areas()
    return filled("fidelity.md", areas=found, rules=[rule for area in found for rule in area.rules])


def _area(path: Path) -> Area:
    module = ast.parse(path.read_text("utf-8"))
    tests = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    title = ast.get_docstring(module) or ""
    return Area(title, "/".join(path.parts[-4:]), tuple(_rule(path, test, _constants(module)) for test in tests))


def _constants(module: ast.Module) -> dict[str, object]:
    """A module's constants by name."""
    return {
        name.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for name in node.targets
        if isinstance(name, ast.Name)
    }


def _rule(path: Path, test: ast.FunctionDef, constants: dict[str, object]) -> Rule:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "rule":
            names = {**constants, "rule": partial(Rule, test.name), "__builtins__": {}}
            try:
                rule: Rule = eval(compile(ast.Expression(mark), path, "eval"), names)
            except (NameError, TypeError) as error:
                raise ValueError(f"{path.name}: the rule of {test.name} is not made of plain texts: {error}") from error
            return rule
    raise ValueError(f"{path.name}: {test.name} has no rule; mark it with @rule(text, source)")
