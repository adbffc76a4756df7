"""How a run went, as the reports of both jobs say it."""

from __future__ import annotations

from glue_jobs.core.outcome import Outcome

__all__ = ["Outcome"]
