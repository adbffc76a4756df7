"""A row of the table: which error it is about, what is decided, and what a person does next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from loglake.errors import LoglakeError


class Decision(str, Enum):
    """What an export run does about an error."""

    GO_ON = "go on"
    """It is an answer, not a trouble: another run was faster, or a thing is not there."""
    RETRY = "retry"
    """The same may succeed later: asked again with growing pauses. What still fails then is left to the next run."""
    WAIT = "wait"
    """Somebody's task has the slot: waited for up to the run's deadline, and by the next run after that."""
    FAIL_WINDOW = "fail the window"
    """The reason is this window's alone: it is FAILED with it, and the others go on."""
    FAIL_RUN = "fail the run"
    """Every window would need it: the run stops with the sentence. Windows stay as they are and are picked up."""


@dataclass(frozen=True)
class Rule:
    """One kind of error.

    Attributes:
        actions: IAM actions of the calls that it is about, as patterns (``s3:*``); or ``TASK``, for a task's status.
        codes: the error codes that AWS gives, or the names of botocore's own exceptions; empty: any.
        words: of AWS's message, any of which must be in it, in small letters; empty: any message.
        decision: what is done.
        error: what it is for the pipelines.
        meaning: a sentence for the page of errors.
        next: a sentence that says what to do; ``{action}`` and ``{resource}`` are filled in. Empty: nothing.
        source: where the code or the message is from.
        said: AWS's own words, where they are known.
        status: only answers with this HTTP status or a higher one.
    """

    actions: tuple[str, ...]
    codes: tuple[str, ...]
    decision: Decision
    error: type[LoglakeError]
    meaning: str
    next: str
    source: str
    words: tuple[str, ...] = ()
    said: str = ""
    status: int = 0

    def matches(self, action: str, code: str, message: str, status: int) -> bool:
        """Whether this is the error that a call got."""
        return (
            any(fnmatchcase(action, pattern) for pattern in self.actions)
            and (not self.codes or code in self.codes)
            and status >= self.status
            and (not self.words or _has_any(message.lower(), self.words))
        )

    def advice(self, action: str, resource: str) -> str:
        """What to do next about this very call."""
        return self.next.format(action=action, resource=resource)


TASK = "export task"
"""In place of an action: the status of an export task, with the message that DescribeExportTasks gives."""


def _has_any(text: str, words: Collection[str]) -> bool:
    return any(word in text for word in words)
