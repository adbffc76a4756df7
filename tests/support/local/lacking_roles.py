"""The deployed roles without some statements, and the calls that were refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loglake_cli.deploy.stacks import STACKS
from loglake_cli.local import stack as stacks

if TYPE_CHECKING:
    import pytest

    from gluelocal.iam.enforcement import Enforcement
    from loglake_cli.local.stack import LocalStack


def _without(text: str, sid: str) -> str:
    """A template without a statement, and without the role's policies if it is the only statement."""
    lines = text.split("\n")
    at = next(number for number, line in enumerate(lines) if line.strip() == f"- Sid: {sid}")
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = next(n for n in range(at + 1, len(lines)) if len(lines[n]) - len(lines[n].lstrip()) <= depth)
    if lines[at - 1].strip() == "Statement:" and not lines[end].strip():
        at = max(number for number, line in enumerate(lines[:at]) if line.strip() == "Policies:")
    return "\n".join([*lines[:at], *lines[end:]])


def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *sids: str) -> None:
    """Makes `LocalStack` deploy roles that lack statements."""
    text = next(template.path for template in STACKS if template.name == "access").read_text()
    for sid in sids:
        text = _without(text, sid)
    path = tmp_path / "access.yaml"
    path.write_text(text)
    changed = tuple(replace(each, path=path) if each.name == "access" else each for each in STACKS)
    monkeypatch.setattr(stacks, "STACKS", changed)


def enforcement(stack: LocalStack) -> Enforcement:
    assert stack.access.enforcement
    return stack.access.enforcement


def refused(stack: LocalStack, logical_id: str) -> list[tuple[str, str]]:
    """The refused actions and resources of each role, by its logical id."""
    calls = [call for call, _ in enforcement(stack).record.calls if call.reason]
    return [(call.action, call.resource) for call in calls if f"-{logical_id}-" in call.role]
