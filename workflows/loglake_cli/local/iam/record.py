"""What was done in the name of the roles: every call with its resource, and which permissions that took."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from loglake_cli.local.iam.policies import Access, Decision, Permission, Role


@dataclass(frozen=True)
class RecordedCall:
    """An action on a resource in the name of a role.

    Attributes:
        resource: an ARN, ``*``, or empty if it is not known.
        reason: why it was refused, in AWS's words; empty if it was allowed.
    """

    role: str
    action: str
    resource: str
    reason: str = ""

    def to_json(self, count: int) -> dict[str, Any]:
        """As ``access.json`` has it."""
        entry = {"role": self.role, "action": self.action, "resource": self.resource or None, "count": count}
        return {**entry, "allowed": not self.reason, **({"reason": self.reason} if self.reason else {})}


class Record:
    """Counts calls. Safe to use from any thread; what it holds grows with the different calls, not with all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[RecordedCall] = Counter()
        self._used: set[Permission] = set()
        self._unchecked: set[tuple[str, str]] = set()

    def add(self, role: Role, access: Access, decision: Decision) -> None:
        """Adds one access."""
        with self._lock:
            self._calls[RecordedCall(role.name, access.action, access.resource, decision.reason)] += 1
            self._used.update(decision.used)
        self.add_unchecked(role, decision)

    def add_unchecked(self, role: Role, decision: Decision) -> None:
        """Adds the statements with a condition that could not be evaluated in a decision."""
        with self._lock:
            self._unchecked.update((role.name, statement) for statement in decision.unchecked)

    @property
    def calls(self) -> list[tuple[RecordedCall, int]]:
        """Each different call with how often it was made, in the order in which they were made first."""
        with self._lock:
            return list(self._calls.items())

    @property
    def unchecked(self) -> list[tuple[str, str]]:
        """Roles with their statements that have an unknown condition, sorted."""
        with self._lock:
            return sorted(self._unchecked)

    def unused(self, roles: Iterable[Role]) -> list[Permission]:
        """What the roles are granted and no call took, in the order of roles and policies."""
        with self._lock:
            return [each for role in roles for each in role.permissions() if each not in self._used]
