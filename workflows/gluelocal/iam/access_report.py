"""The report on the roles' permissions in a run, as data and in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gluelocal.iam.enforcement import Enforcement, refusal
from gluelocal.iam.policies import Permission
from gluelocal.iam.record import RecordedCall

WhenUsed = Callable[[str, str, str], str]
"""When a role's permission is used that a run may not need: takes role, action and resource; empty if nobody knows."""

ACCESS = "access.json"
"""The calls of a kept run."""


@dataclass(frozen=True)
class NeverUsed:
    """A permission that no call used.

    Attributes:
        when: when it is used; empty if nobody knows, so the role has too much.
    """

    permission: Permission
    when: str


@dataclass(frozen=True)
class AccessReport:
    """A run's use of its roles.

    Attributes:
        calls: each different call, with its count.
        never_used: the roles' other permissions.
        unchecked: roles that have statements with an unknown condition.
    """

    calls: tuple[tuple[RecordedCall, int], ...]
    never_used: tuple[NeverUsed, ...]
    unchecked: tuple[tuple[str, str], ...]

    def refused(self) -> list[tuple[RecordedCall, str]]:
        """The refused calls, each also in words."""
        return [
            (call, refusal(call.role, call.action, call.resource, call.reason)) for call, _ in self.calls if call.reason
        ]

    def problems(self) -> list[str]:
        """The refused calls in words; empty if there are none."""
        return [sentence for _, sentence in self.refused()]

    def notes(self) -> list[str]:
        """Other notes for a person, in words."""
        known = [each for each in self.never_used if each.when]
        lines = [
            f"never used: {each.permission.action} on {each.permission.resource} ({each.permission.role}, "
            f"{each.permission.statement})"
            for each in self.never_used
            if not each.when
        ]
        lines += [f"taken to hold: the condition of {statement} ({role})" for role, statement in self.unchecked]
        made = sum(count for _, count in self.calls)
        roles = len({call.role for call, _ in self.calls})
        return [
            f"accesses: {made:,}; roles: {roles}; permissions that few runs use and this one did not: {len(known)}",
            *lines,
        ]

    def to_json(self) -> dict[str, Any]:
        """The document that ``--json`` prints; the kept folder has the calls themselves."""
        return {
            "accesses": sum(count for _, count in self.calls),
            "refused": [call.to_json(count) for call, count in self.calls if call.reason],
            "never_used": [{**asdict(each.permission), "known_reason": each.when or None} for each in self.never_used],
            "conditions_not_checked": [{"role": role, "statement": name} for role, name in self.unchecked],
        }


def keep_access(
    enforcement: Enforcement, directory: Path | None, when_used: WhenUsed = lambda *_permission: ""
) -> AccessReport:
    """The report of a run; if the run is kept, its calls go to ``DIR/access.json``."""
    record = enforcement.record
    unused = (
        NeverUsed(each, when_used(each.role, each.action, each.resource)) for each in record.unused(enforcement.roles)
    )
    report = AccessReport(tuple(record.calls), tuple(unused), tuple(record.unchecked))
    if directory:
        text = json.dumps([call.to_json(count) for call, count in report.calls], indent=1)
        (directory / ACCESS).write_text(f"{text}\n", encoding="utf-8")
    return report
