"""``loglake deploy``: the stacks of a deployment, from the templates and a settings file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from athena_duckdb.errors import RefusedError
from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError, PermanentError
from loglake_cli.cli.deploying.shared import (
    UNDECIDED,
    Yes,
    extra_wheels,
    going_on,
    long_work,
    settings_of,
)
from loglake_cli.cli.shared import output as terminal
from loglake_cli.cli.shared.account import clients_of
from loglake_cli.cli.shared.arguments import agreed
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.options import NOTHING_CHANGED, DryRun, Json, answer, print_json
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.deploy.calls import Clients, DecisionError
from loglake_cli.operations.cost.estimate import estimate, landing_advice, total
from loglake_cli.operations.cost.settings import deployed_workload
from loglake_cli.operations.cost.workload import Workload
from loglake_cli.operations.deploying.deploy import Deploying, Outcome, Say, prepare
from loglake_cli.operations.deploying.plan import COLUMNS, Plan, details, heading, rows
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Finding
from loglake_cli.operations.doctor.smoke.run import smoke
from loglake_cli.operations.lakes.lake import deployment
from loglake_cli.operations.tables.terminal_tables import print_table
from loglake_cli.wording import command, counted

PROBLEMS = 4
"""Exit status if everything is deployed and the checks found something wrong."""


def deploy(
    *,
    prefix: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="The prefix of all names; by default that of the settings file, else loglake.", metavar="PREFIX"
        ),
    ] = None,
    settings: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--settings",
            help="The settings file of the environment; by default loglake.yaml, if that is here (`loglake init`).",
            metavar="FILE",
        ),
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    enable_schedule: Annotated[
        bool,
        typer.Option("--enable-schedule", help="Turn the schedule on at the end, if the checks find nothing wrong."),
    ] = False,
    revert_drift: Annotated[
        bool,
        typer.Option("--revert-drift", help="Undo what was changed without CloudFormation; else it stays."),
    ] = False,
    replace_data: Annotated[
        bool,
        typer.Option(
            "--replace-data",
            help="Let a bucket or the ledger be replaced or leave its stack. What it holds stays, but nothing finds "
            "it.",
        ),
    ] = False,
    which: Annotated[
        str,
        typer.Option(
            "--checks",
            help="What runs at the end: all (doctor, and a smoke test, which takes minutes), doctor or none.",
            metavar="WHICH",
        ),
    ] = "all",
    as_json: Json = False,
) -> None:
    """Deploy loglake into an AWS account, or change a deployment: shows the plan and its cost, and asks.

    If it is interrupted, the same command continues. With a settings file, parameters come from the file and the
    templates' defaults; without one they stay as they are.

    Exit status: 0 it is deployed, or nothing would change; 1 a stack failed, or AWS refused it; 2 bad usage or
    settings; 3 a person has to decide before it goes on (nobody agreed, data or a change by hand would be lost, or a
    job runs); 4 it is deployed, and the checks found a problem; 130 it was interrupted.
    """
    with going_on("Run the same command again: it goes on from there."):
        if as_json and not (yes or dry_run):
            raise ConfigError("--json can't ask: add --yes or --dry-run.")
        if which not in {"all", "doctor", "none"}:
            raise ConfigError(f"--checks is all, doctor or none, and not {which!r}.")
        given, path = settings_of(settings, prefix)
        clients = clients_of(given.region)
        work = long_work()
        with work:
            deploying = prepare(
                given,
                clients,
                SystemClock(),
                work.say,
                extra_wheels=extra_wheels(),
                enable_schedule=enable_schedule,
                revert_drift=revert_drift,
                replace_data=replace_data,
            )
            work.say("Comparing with what is deployed")
            plan = deploying.plan()
        workload = deployed_workload(given.volume, given.stacks, deploying.applier.target.given)
        document: dict[str, Any] = {**plan.place.to_json(), "prefix": plan.prefix}
        document |= {"settings": str(path) if path else None, "plan": plan.to_json()}
        document |= {"usd_a_month": round(total(estimate(workload)), 2)}
        if not as_json:
            _show(plan, workload, path is not None)
        if dry_run or (plan.empty and not deploying.schedule_changes):
            _end(document, "dry run" if dry_run else "unchanged", as_json=as_json)
            return
        _check(deploying, plan, document, as_json=as_json)
        if not yes and not agreed("Deploy this?"):
            print(NOTHING_CHANGED.replace("Dry run: n", "N"))
            raise typer.Exit(UNDECIDED)
        _apply(deploying, work, document, partial(checked, which, given.prefix, clients, work.say), as_json=as_json)


def checked(which: str, prefix: str, clients: Clients, say: Say) -> tuple[Finding, ...]:
    """What the checks of a finished deployment find."""
    account = Account(prefix, clients, SystemClock())
    findings = () if which == "none" else examine(account, say=say)
    return findings + smoke(account, deployed(deployment(prefix)), say) if which == "all" else findings


def _check(deploying: Deploying, plan: Plan, document: dict[str, Any], *, as_json: bool) -> None:
    """Ends the command if nobody agreed to the plan."""
    try:
        deploying.check(plan)
    except DecisionError as error:
        if as_json:
            print_json({**document, "result": {"status": "refused", "reason": str(error)}})
        raise


def _apply(
    deploying: Deploying,
    work: Progress,
    document: dict[str, Any],
    check: Callable[[], tuple[Finding, ...]],
    *,
    as_json: bool,
) -> None:
    """Applies the plan; with `as_json` even a failure is part of the document."""
    try:
        with work:
            outcome = deploying.apply(check)
    except (PermanentError, RefusedError) as error:
        if as_json:
            print_json({**document, "result": {"status": "failed", "reason": str(error)}})
        raise
    if as_json:
        status = "problems" if outcome.problems else "deployed"
        print_json({**document, "result": {"status": status, **_result(outcome)}})
    else:
        _show_outcome(deploying.applier.target.prefix, outcome)
    if outcome.problems:
        raise typer.Exit(PROBLEMS)


def _show(plan: Plan, workload: Workload, has_settings: bool) -> None:
    out, cost = terminal.console(), estimate(workload)
    out.print(heading(plan.place, plan.prefix), soft_wrap=True)
    out.print()
    print_table(COLUMNS, rows(plan), out, whole=("stack",))
    out.print()
    for line in details(plan):
        out.print(line, soft_wrap=True)
    most = sorted((part for part in cost if part.usd), key=lambda part: -part.usd)[:3]
    parts = ", ".join(f"{part.name} {part.usd:,.2f}" for part in most)
    volume = "the volume of the settings file" if has_settings else "a small volume: no settings file says any"
    out.print(
        f"About {total(cost):,.2f} USD a month while the schedule is on ({parts}), with {volume}. "
        "`loglake cost` has it all.",
        soft_wrap=True,
    )
    if workload.landing_minutes:
        out.print(landing_advice(workload), soft_wrap=True)


def _end(document: dict[str, Any], status: str, *, as_json: bool) -> None:
    unchanged = "Everything is deployed already: there is nothing to change."
    text = unchanged if status == "unchanged" else NOTHING_CHANGED
    answer({**document, "result": {"status": status}}, text, as_json=as_json)


def _result(outcome: Outcome) -> dict[str, Any]:
    return {
        "stacks": [{"name": name, "outcome": result} for name, result in outcome.stacks.items()],
        "schedule": outcome.schedule,
        "subscription_filters": vars(outcome.filters),
        "findings": [
            {"result": each.result, "subject": each.subject, "found": each.found, "fix": each.fix}
            for each in outcome.findings
        ],
    }


def _show_outcome(prefix: str, outcome: Outcome) -> None:
    changed = [f"{name} {result}" for name, result in outcome.stacks.items() if result != "unchanged"]
    print(f"Deployed: {', '.join(changed) or 'nothing changed'}.")
    for said in outcome.filters.sentences("made", "deleted"):
        print(f"{said}.")
    for each in outcome.problems:
        print(f"! {each.subject}: {each.found} {each.fix}")
    if outcome.problems:
        ask = command("doctor", f"--lake aws:{prefix}")
        print(f"The checks found {counted(len(outcome.problems), 'problem')}. When they are fixed: {ask}")
    if outcome.schedule == "enabled":
        print("The schedule is on.")
    elif outcome.schedule == "disabled":
        print(
            f"The schedule is off. Ask for a day of one log group first: `loglake export GROUP --from yesterday --to "
            f"today --lake aws:{prefix}`. Then turn the schedule on: `loglake deploy --enable-schedule`."
        )
