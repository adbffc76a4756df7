"""Runs the smoke test."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from loglake.core.units import EpochMs
from loglake.errors import AccessDeniedError
from loglake_cli.errors import REFUSALS
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.finding import Finding, Result, not_allowed, unproven
from loglake_cli.operations.doctor.smoke import export, landing, query
from loglake_cli.operations.doctor.smoke.steps import SmokeRun, Step

STEPS = (*landing.STEPS, *query.STEPS, *export.STEPS)
"""In order."""


def smoke(account: Account, deployment: Deployment, say: Callable[[str], None]) -> tuple[Finding, ...]:
    """Lands a payload, follows it to a query result, and proves an export.

    Each step's wait is bounded, two hours in all at most. It leaves a raw object, and a few rows in its own table
    (`core.schema.datasets.SMOKE`).

    Args:
        account: the deployment, as checks see it.
        deployment: the same, as commands work on it.
        say: called with what it waits for.
    """
    run = SmokeRun(account, deployment, say, uuid.uuid4().hex, EpochMs(deployment.clock.now_ms()))
    findings: list[Finding] = []
    stopped = ""
    for step in STEPS:
        if stopped and step.needs_payload:
            fix = f"Fix what {stopped} names, and run the smoke test again."
            findings.append(step.finding(unproven(account.prefix, "The payload did not come so far.", fix)))
            continue
        taken = _taken(step, run)
        findings += taken
        if step.carries and any(finding.result is not Result.OK for finding in taken):
            stopped = step.id
    return tuple(findings)


def _taken(step: Step, run: SmokeRun) -> list[Finding]:
    """A step's finding, or the error that prevented it."""
    try:
        return [step.finding(note) for note in step.look(run)]
    except AccessDeniedError as error:
        note = not_allowed(run.account.prefix, error)
    except REFUSALS as error:
        note = unproven(run.account.prefix, str(error), "Fix what it names, and run the smoke test again.")
    return [step.finding(note)]
