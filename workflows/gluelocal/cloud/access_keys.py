"""The access keys of one start of the embedded AWS: its own, and the ones that its IAM and STS make."""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends


@dataclass(frozen=True)
class AccessKey:
    """What a caller signs requests with.

    Attributes:
        token: the token of a session; empty for a lasting key.
    """

    id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """The variables that AWS clients read it from."""
        named = {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_SESSION_TOKEN": self.token}
        return {name: value for name, value in named.items() if value}


class AccessKeys:
    """Issues the keys of the runtime, and finds every valid key. Any thread may use it.

    Keys are random, so a key from an earlier start is invalid.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_caller: dict[str, AccessKey] = {}

    def of(self, caller: str) -> AccessKey:
        """The key of a caller, such as the jobs or the runtime itself; the same one each time."""
        with self._lock:
            if caller not in self._by_caller:
                key_id = f"AKIA{base64.b32encode(secrets.token_bytes(10)).decode()}"
                self._by_caller[caller] = AccessKey(key_id, secrets.token_urlsafe(30))
            return self._by_caller[caller]

    def caller_of(self, key_id: str) -> str:
        """The owner of a key: the name that it was issued to, or the id itself if IAM or STS made the key."""
        return next((caller for caller, key in list(self._by_caller.items()) if key.id == key_id), key_id)

    def secret_of(self, key_id: str) -> str | None:
        """The secret of a valid key; None for any other."""
        ours = (key.secret for key in list(self._by_caller.values()) if key.id == key_id)
        return next(ours, None) or _made_here(key_id)

    def session_of(self, key_id: str) -> tuple[str, str] | None:
        """The ARNs of a session's role and of the session; None for an unknown key and for a user's key."""
        sessions = (backend.get_assumed_role_from_access_key(key_id) for backend in _backends(sts_backends))
        return next(((str(session.role_arn), str(session.arn)) for session in sessions if session), None)


def _made_here(key_id: str) -> str | None:
    """The secret of a key that moto's IAM (CreateAccessKey) or STS (such as AssumeRole) made in this process."""
    keys = (backend.access_keys.get(key_id) for backend in _backends(iam_backends))
    return next((str(key.secret_access_key) for key in keys if key and key.status == "Active"), None)


def _backends(service: Any) -> list[Any]:
    """The models that moto has of a service, for every account and partition that was used."""
    return [backend for account in list(service.values()) for backend in list(account.values())]
