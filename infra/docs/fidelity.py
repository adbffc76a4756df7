"""Writes docs/reference/fidelity.md: which rules of AWS the local runtime follows, and where it differs.

The rules are the marks of the conformance tests, read from their source, so the page says no more than the tests prove:
``make docs`` writes it, and a test fails if it is stale.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
PAGE = _ROOT / "docs" / "reference" / "fidelity.md"
SUITES = tuple(_ROOT / "tests" / house / "conformance" for house in ("gluelocal", "local"))

_INTRO = """\
<!-- Written by `make docs` from the conformance tests. Change them, not this page. -->

# How far the local runtime is AWS

`loglake local` runs the deployed templates without AWS. Each rule of AWS that matters here has a test.

- **Trust it for behaviour**, as far as these rules go: triggers, workflows, queues, retries, exports and crawls behave
  as AWS documents them. With `--enforce-iam`, roles refuse what their policies refuse.
- **What differs is listed first.** Where AWS documents nothing, the list says what happens here.
- **Not the same at all**: speed, prices, and Glue's own libraries (at the end).
"""
_READING = """
"holds": the test shows that the runtime does what the rule says. "differs": the test shows what it does instead. The
source says where AWS states the rule. "API" is the API reference, as in the service models of botocore; "guide" is
a guide; "seen" is what AWS was seen to write.
"""

_ELSEWHERE = """
## What has no test here

- Bookmarks, `GlueContext`, Glue's own jars, Scala, streaming and Ray jobs, development endpoints, blueprints, data
  quality: not there. A job that asks for one of them is refused with a sentence where that can be seen.
- CloudFormation serves change sets, and stacks with events, resources, templates and drift. It refuses all other calls.
- Lake Formation: its grants are kept, and nothing enforces them.
- Spark runs on this machine, with as many workers as it has cores: `WorkerType` and `NumberOfWorkers` change nothing.
- Prices, quotas other than those above, and how long things take.
"""


@dataclass(frozen=True)
class Rule:
    """A rule as a test's mark has it; `differs` is empty if the rule holds."""

    text: str
    source: str
    differs: str
    test: str


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
    rules = [rule for area in found for rule in area.rules]
    differing = sum(bool(rule.differs) for rule in rules)
    counts = f"{len(rules)} rules: {len(rules) - differing} hold, {differing} differ."
    tables = [line for area in found for line in _table(area)]
    return "\n".join([_INTRO, counts, *_differences(found), _READING, *tables, _ELSEWHERE])


def _differences(found: list[Area]) -> Iterator[str]:
    yield "\n## Known differences\n"
    for area in found:
        for rule in area.rules:
            if rule.differs:
                yield f"- {area.title}: {rule.text} **Here:** {rule.differs}"


def _table(area: Area) -> Iterator[str]:
    yield f"\n## {area.title}\n"
    yield f"Tests: `{area.file}`\n"
    yield "| rule | source | result |"
    yield "|---|---|---|"
    for rule in area.rules:
        yield f"| {_cell(rule.text)} | {_cell(rule.source)} | {'differs' if rule.differs else 'holds'} |"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _area(path: Path) -> Area:
    module = ast.parse(path.read_text("utf-8"))
    constants = _constants(module)
    tests = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    title = ast.get_docstring(module) or ""
    return Area(title, "/".join(path.parts[-4:]), tuple(_rule(path, test, constants) for test in tests))


def _constants(module: ast.Module) -> dict[str, str]:
    """A module's string constants by name."""
    found = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name, text = node.targets[0], node.value.value
            if isinstance(name, ast.Name) and isinstance(text, str):
                found[name.id] = text
    return found


def _rule(path: Path, test: ast.FunctionDef, constants: dict[str, str]) -> Rule:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "rule":
            named = {word.arg: word.value for word in mark.keywords}
            given = dict(zip(("text", "source", "differs"), mark.args)) | named
            try:
                said = {str(name): _text(value, constants) for name, value in given.items()}
                return Rule(said["text"], said["source"], said.get("differs", ""), test.name)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name}: the rule of {test.name} is not made of plain texts: {error}") from error
    raise ValueError(f"{path.name}: {test.name} has no rule; mark it with @rule(text, source)")


def _text(node: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name) and node.id in constants:
        return constants[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, constants) + _text(node.right, constants)
    raise ValueError(ast.unparse(node))
