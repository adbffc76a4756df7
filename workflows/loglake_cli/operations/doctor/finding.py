"""Checks and their findings, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Callable, Generic, TypeVar

from loglake.errors import AccessDeniedError
from loglake_cli.operations.doctor.account import Account
from loglake_cli.wording import counted


class Result(str, Enum):
    """`NOT_PROVEN`: it could not be checked."""

    OK = "ok"
    PROBLEM = "problem"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True)
class Finding:
    """A check's finding about one thing.

    Attributes:
        check: the id of the check, which adds it, and why it matters.
        subject: what it is about, such as the name of a bucket.
        found: the observation, in a sentence.
        why: why it matters; empty if it is ok.
        fix: a command or a policy statement to paste, or what to do; empty if it is ok.
    """

    check: str
    result: Result
    subject: str
    found: str
    why: str = ""
    fix: str = ""


def fine(subject: str, found: str) -> Finding:
    """A result that is ok and worth a word."""
    return Finding("", Result.OK, subject, found)


def problem(subject: str, found: str, fix: str) -> Finding:
    """A result that is wrong."""
    return Finding("", Result.PROBLEM, subject, found, fix=fix)


def unproven(subject: str, found: str, fix: str) -> Finding:
    """A result that could not be checked."""
    return Finding("", Result.NOT_PROVEN, subject, found, fix=fix)


def not_allowed(subject: str, error: AccessDeniedError) -> Finding:
    """A result that could not be checked for lack of a permission."""
    return unproven(subject, f"You may not look: {error.action} is not allowed.", f"Allow yourself {error.action}.")


Asked = TypeVar("Asked")
"""What a check looks at."""


@dataclass(frozen=True)
class Check(Generic[Asked]):
    """One check.

    Attributes:
        id: as findings and docs name it.
        confirms: what holds if the check is ok, in a sentence.
        why: why it matters, in a sentence.
        look: gives its findings; none if everything is right.
    """

    id: str
    confirms: str
    why: str
    look: Callable[[Asked], Iterable[Finding]]

    def finding(self, found: Finding) -> Finding:
        """A finding, with what the check knows."""
        return replace(found, check=self.id, why="" if found.result is Result.OK else self.why)


Look = Callable[[Account], Iterator[Finding]]


def check(name: str, confirms: str, why: str) -> Callable[[Look], Check[Account]]:
    """Makes a check of a function."""
    return lambda look: Check(name, confirms, why, look)


def document(findings: Sequence[Finding]) -> dict[str, Any]:
    """One JSON document."""
    return {
        "problems": _count(findings, Result.PROBLEM),
        "not_proven": _count(findings, Result.NOT_PROVEN),
        "findings": [
            {
                "check": finding.check,
                "result": finding.result.value,
                "subject": finding.subject,
                "found": finding.found,
                "why": finding.why,
                "fix": finding.fix,
            }
            for finding in findings
        ],
    }


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each ok check, then the ones not proven, then the problems, and a summary."""
    yield from (f"ok  {finding.check}: {finding.found}" for finding in findings if finding.result is Result.OK)
    for result in (Result.NOT_PROVEN, Result.PROBLEM):
        for finding in (each for each in findings if each.result is result):
            yield ""
            yield f"{result.value}  {finding.check}: {finding.found}"
            yield f"  Why it matters: {finding.why}"
            yield f"  What to do:     {finding.fix}"
    yield ""
    yield summary(findings)


def summary(findings: Sequence[Finding]) -> str:
    """How many checks ended with which result."""
    wrong, unknown, fine = (_count(findings, each) for each in (Result.PROBLEM, Result.NOT_PROVEN, Result.OK))
    said = f"{counted(wrong, 'problem')}, {unknown:,} not proven, {fine:,} ok."
    return f"{'Something' if wrong else 'Nothing'} is wrong: {said}"


def _count(findings: Sequence[Finding], result: Result) -> int:
    return sum(finding.result is result for finding in findings)
