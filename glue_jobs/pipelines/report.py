"""How a run went, in one word and the numbers behind it."""

from __future__ import annotations

from enum import Enum


class Outcome(str, Enum):
    """`PARTIAL`: the run did what it could, and something needs a person's eye or another run."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
