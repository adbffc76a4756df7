"""Doctor's findings, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from loglake_cli.operations.doctor.finding import Finding, Result
from loglake_cli.wording import counted


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
