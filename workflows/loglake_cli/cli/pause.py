"""``loglake pause`` and ``resume``: stop and restart the export of a log group."""

from __future__ import annotations

from loglake.core.units import format_instant
from loglake_cli.cli.shared.arguments import parse_log_group
from loglake_cli.cli.shared.deployments import deployed
from loglake_cli.cli.shared.lakes import DeployedLake, lake_of
from loglake_cli.cli.shared.options import NOTHING_CHANGED, DryRun, Json, LogGroup, answer
from loglake_cli.operations import left_alone as pausing
from loglake_cli.operations.selection import check_known
from loglake_cli.wording import command


def pause(log_group: LogGroup, *, dry_run: DryRun = False, lake: DeployedLake = None, as_json: Json = False) -> None:
    """Pause a log group: no new export task is started for it, and it is not read.

    A running task is completed, and what is exported or landed is converted. Windows that wait for their
    task keep waiting. After `loglake resume`, what was missed is exported, if the log group still has it.

    Exit status: 0 it is paused, 1 AWS refused it, 2 bad usage.
    """
    name, asked = parse_log_group(log_group), lake_of(lake, "pause")
    deployment = deployed(asked)
    before = pausing.paused_since(deployment, name)
    if before is None:
        check_known(deployment, [name])
    changed = before is None if dry_run else pausing.pause(deployment, name)
    resume_it = command("resume", asked.option, names=[name])
    if dry_run and changed:
        text = f"{name} would be paused. Its retention may drop what is not exported until {resume_it}."
    else:
        since = pausing.paused_since(deployment, name) or deployment.clock.now_ms()
        text = f"{name} is paused since {format_instant(since)}. Until {resume_it}, its retention may drop what "
        text += "was not exported."
    _report(name, text, changed, paused=True, dry_run=dry_run, as_json=as_json)


def resume(log_group: LogGroup, *, dry_run: DryRun = False, lake: DeployedLake = None, as_json: Json = False) -> None:
    """End a pause, and wake the workflow.

    The next scheduled request brings in what was missed.

    Exit status: 0 it is not paused, 1 AWS refused it, 2 bad usage.
    """
    name, asked = parse_log_group(log_group), lake_of(lake, "resume")
    deployment = deployed(asked)
    changed = pausing.paused_since(deployment, name) is not None if dry_run else pausing.resume(deployment, name)
    done = "would be resumed" if dry_run else "is resumed"
    text = f"{done}: the next scheduled request plans what was missed" if changed else "is not paused"
    _report(name, f"{name} {text}", changed, paused=False, dry_run=dry_run, as_json=as_json)


def _report(name: str, text: str, changed: bool, *, paused: bool, dry_run: bool, as_json: bool) -> None:
    document = {"dry_run": dry_run, "log_group": name, "paused": paused, "changed": changed}
    answer(document, f"{text}\n{NOTHING_CHANGED}" if dry_run else text, as_json=as_json)
