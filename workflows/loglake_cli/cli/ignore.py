"""``loglake dismiss``: nothing is to be done about windows that failed, such as those of a deleted log group."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from loglake.core.units import EPOCH, parse_instant
from loglake.core.windows import Window
from loglake.errors import ConfigError, LedgerConflictError
from loglake_cli.cli.errors import told
from loglake_cli.cli.options import DATABASE, KEEP, Aws, Json, Keep, opened
from loglake_cli.operations.pause import parse_log_group
from loglake_cli.wording import counted

if TYPE_CHECKING:
    from loglake.core.ledger.row import LedgerRow
    from loglake.core.units import LogGroupName
    from loglake_cli.operations.deployment import Deployment

ALL_TIME = Window(EPOCH, parse_instant("9999-12-31"))

Start = Annotated[
    Optional[str], typer.Option("--from", help="Windows from this date or time on: ISO 8601, UTC.", metavar="TIME")
]
End = Annotated[Optional[str], typer.Option("--to", help="Windows up to this one.", metavar="TIME")]


def dismiss_windows(deployment: Deployment, log_group: LogGroupName, within: Window = ALL_TIME) -> list[LedgerRow]:
    """Dismisses the FAILED windows of a log group that lie in a range as a whole; those that are it already stay so.

    What another run changed meanwhile is left to it.

    Returns:
        The windows that are dismissed now.
    """
    dismissed = []
    for row in deployment.ledger.rows(log_group):
        if row.is_trouble and within.holds(row.window):
            changed = row.dismiss(deployment.clock.now_ms())
            with suppress(LedgerConflictError):
                deployment.ledger.replace(changed)
                dismissed.append(changed)
    return dismissed


def dismiss(
    log_group: Annotated[str, typer.Argument(help="A log group's name.", metavar="GROUP")],
    *,
    start: Start = None,
    end: End = None,
    keep: Keep = KEEP,
    aws: Aws = None,
    as_json: Json = False,
) -> None:
    """Say that nothing is to be done about a log group's failed windows: `status` counts them as no trouble any more.

    They stay in the ledger with their reasons. `loglake retry --log-group GROUP` tries them again all the same.
    """
    with told():
        name, within = parse_log_group(log_group), _range(start, end)
        with opened(keep, aws, DATABASE, None) as deployment:
            done = dismiss_windows(deployment, name, within)
            rows = deployment.ledger.rows(name)
        if not rows:
            raise ConfigError(f"The ledger has no window of {name}: see the names that `loglake status` gives.")
        before = sum(bool(row.dismissed_ms) for row in rows) - len(done)
        left = sum(row.is_trouble for row in rows)
        if as_json:
            windows = [str(row.window) for row in done]
            print(json.dumps({"log_group": name, "dismissed": windows, "before": before, "failed": left}, indent=2))
            return
        earlier = f", {before:,} before that" if before else ""
        print(f"{name}: {counted(len(done), 'failed window')} dismissed{earlier}.")
        if left:
            lie = "lies" if left == 1 else "lie"
            print(f"{counted(left, 'failed window')} of it {lie} outside of that range, or failed meanwhile.")


def _range(start: str | None, end: str | None) -> Window:
    from_ms = parse_instant(start) if start else ALL_TIME.from_ms
    to_ms = parse_instant(end) if end else ALL_TIME.to_ms
    if from_ms >= to_ms:
        raise ConfigError(f"--from {start} must lie before --to {end}, which is not part of the range")
    return Window(from_ms, to_ms)


def register(app: typer.Typer) -> None:
    """Gives the command to an application."""
    app.command("dismiss")(dismiss)
