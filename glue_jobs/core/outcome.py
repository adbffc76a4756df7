"""How a run went: in one word, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Protocol
else:
    from typing import Protocol


class Outcome(str, Enum):
    """`PARTIAL`: the run did what it could, and something needs a person's eye or another run."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"


class RunReport(Protocol):
    """What a run says of itself at its end."""

    @property
    def outcome(self) -> Outcome:
        """OK or PARTIAL; a run that FAILED raises an error and has no report."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """What it did, as metrics are named: ``WindowsExported``."""
        ...

    @property
    def remarks(self) -> Sequence[str]:
        """What the numbers don't say and a person has to look at, in a few sentences."""
        ...
