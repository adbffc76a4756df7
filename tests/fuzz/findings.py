"""Findings of the fuzz."""

from __future__ import annotations

import traceback
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that must not happen.

    Attributes:
        kind: one line, the same for the same fault.
        detail: what was seen.
    """

    kind: str
    detail: str


class FoundError(AssertionError):
    """Raised by a check."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}")
        self.finding = Finding(kind, detail)


def expect(holds: bool, kind: str, detail: object = "") -> None:
    """Raises if a condition does not hold."""
    if not holds:
        raise FoundError(kind, str(detail)[:4_000])


def crash(step: str, error: BaseException) -> FoundError:
    """An unexpected exception, by its type and the innermost function of this project."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/loglake/" in frame.filename]
    where = f"{own[-1].filename.rsplit('/loglake/', 1)[-1]}:{own[-1].name}" if own else "?"
    detail = "".join(traceback.format_exception(error))
    return FoundError(f"crash: {type(error).__name__} in {where} while {step}", detail[-6_000:])
