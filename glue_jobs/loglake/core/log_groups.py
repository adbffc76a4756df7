"""Log groups of other accounts: ``<account>:<name>``, since two accounts may have log groups of one name.

No log group's own name has a colon. A log group of the deployment's account is its name alone, and so is one whose
account nothing says. In tables the name is `log_group`, and the account `log_account`.
"""

from __future__ import annotations

import re

from loglake.core.units import LogGroupName

_ACCOUNT = re.compile(r"[0-9]{12}")
_OWNED = re.compile(r"([0-9]{12}):(.+)", re.DOTALL)


def account_in(value: object) -> str:
    """A value that says an account; empty if it is none."""
    return value if isinstance(value, str) and _ACCOUNT.fullmatch(value) else ""


def owned(account: str, name: str) -> LogGroupName:
    """A log group of an account; without one of them, the name alone."""
    return LogGroupName(f"{account}:{name}" if account and name else name)


def account_of(log_group: str) -> str:
    """The account that a log group names; empty if it names none."""
    match = _OWNED.fullmatch(log_group)
    return match[1] if match else ""


def name_of(log_group: str) -> str:
    """A log group's name in its account."""
    match = _OWNED.fullmatch(log_group)
    return match[2] if match else log_group
