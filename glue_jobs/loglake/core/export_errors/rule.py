"""A rule: which errors it matches, what is decided, and what a person does next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase

from loglake.errors import LoglakeError


class Decision(str, Enum):
    """What an export run does about an error."""

    GO_ON = "go on"
    """A normal answer: another run was faster, or something does not exist."""
    RETRY = "retry"
    """The same call may succeed later. It is retried with growing pauses, then left to the next run."""
    WAIT = "wait"
    """Another task has the slot. The run waits up to its deadline, and after that the next run does."""
    FAIL_WINDOW = "fail the window"
    """Only this window is concerned: it is FAILED with the reason, and the others go on."""
    FAIL_RUN = "fail the run"
    """Every window is concerned: the run stops with the reason. A later run picks up the windows."""


@dataclass(frozen=True)
class Rule:
    """One kind of error.

    Attributes:
        actions: IAM actions of the calls that it is about, as patterns (``s3:*``); or ``TASK``, for a task's status.
        codes: the error codes that AWS gives, or the names of botocore's own exceptions; empty: any.
        words: lower-case words; AWS's message must have one of them. Empty: any message.
        decision: what is done.
        error: the exception class for the pipelines.
        meaning: a sentence for the page of errors.
        next: a sentence that says what to do; ``{action}`` and ``{resource}`` are filled in. Empty: nothing.
        source: where the code or the message is from.
        said: AWS's own words, if known.
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
        """What to do next about one call."""
        return self.next.format(action=action, resource=resource)


TASK = "export task"
"""Stands for the action if the error is an export task's status, with the message of DescribeExportTasks."""


def _has_any(text: str, words: Collection[str]) -> bool:
    return any(word in text for word in words)
