"""Whether a person wants no progress."""

from __future__ import annotations

from contextvars import ContextVar

QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)
"""Whether a person wants no progress (``--quiet``)."""
