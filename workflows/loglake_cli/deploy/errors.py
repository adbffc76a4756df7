"""How deploying ends if it does not end well."""

from __future__ import annotations

from loglake.errors import PermanentError


class StackError(PermanentError):
    """A stack did not become what it was to be, or can't be changed as it is."""


class DecisionError(PermanentError):
    """A person has to decide, and nothing was changed."""
