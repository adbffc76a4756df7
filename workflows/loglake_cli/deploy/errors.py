"""The errors of deploying."""

from __future__ import annotations

from loglake.errors import PermanentError


class StackError(PermanentError):
    """The change of a stack failed, or can't be made in its state."""


class DecisionError(PermanentError):
    """A person has to decide, and nothing was changed."""
