"""Records the roles' accesses: every call with its resource, and the permissions that it used."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gluelocal.iam.policies import Access, Decision, Permission, Role


@dataclass(frozen=True)
class RecordedCall:
    """An action on a resource in the name of a role.

    Attributes:
        resource: an ARN, ``*``, or empty if it is not known.
        reason: AWS's reason for the refusal; empty if it was allowed.
    """

    role: str
    action: str
    resource: str
    reason: str = ""

    def to_json(self, count: int) -> dict[str, Any]:
        """The access in the form of ``access.json``."""
        return {
            "role": self.role,
            "action": self.action,
            "resource": self.resource or None,
            "count": count,
            "allowed": not self.reason,
            **({"reason": self.reason} if self.reason else {}),
        }


class Record:
    """Counts calls. Any thread may use it. Memory grows with the number of different calls, not of all calls."""

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
        """Adds a decision's statements with a condition that could not be evaluated."""
        with self._lock:
            self._unchecked.update((role.name, statement) for statement in decision.unchecked)

    @property
    def calls(self) -> list[tuple[RecordedCall, int]]:
        """Each different call with its count, in the order of its first use."""
        with self._lock:
            return list(self._calls.items())

    @property
    def unchecked(self) -> list[tuple[str, str]]:
        """Roles with their statements that have an unknown condition, sorted."""
        with self._lock:
            return sorted(self._unchecked)

    def unused(self, roles: Iterable[Role]) -> list[Permission]:
        """Permissions of the roles that no call used, in the order of roles and policies."""
        with self._lock:
            return [each for role in roles for each in role.permissions() if each not in self._used]
