"""``loglake doctor``: what is wrong with a deployment, and how to mend it."""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Optional

import typer
from botocore.exceptions import BotoCoreError

from loglake.aws import session
from loglake.aws.system_clock import SystemClock
from loglake.errors import ConfigError
from loglake_cli.cli.shared import output
from loglake_cli.cli.shared.errors import errors_printed
from loglake_cli.cli.shared.options import Json, deployed
from loglake_cli.cli.shared.progress import Progress
from loglake_cli.operations.doctor import text
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import has_problems, look
from loglake_cli.operations.doctor.reader import Reader
from loglake_cli.operations.doctor.smoke.run import smoke as take_smoke_test


def doctor(
    *,
    prefix: Annotated[str, typer.Option(help="The prefix of the deployment.", metavar="PREFIX")] = "loglake",
    profile: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A profile of the AWS configuration.", metavar="NAME"),
    ] = None,
    region: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="The Region of the deployment; else that of the environment or the profile.", metavar="REGION"
        ),
    ] = None,
    smoke: Annotated[
        bool,
        typer.Option(
            "--smoke",
            help="Land events of the log group /loglake/smoke, follow them to a query result, and prove an export.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a deployment on AWS, and say what is wrong, why it matters and how to mend it.

    It changes nothing. With --smoke it lands three events in the table loglake_smoke, which stays, and it may export an
    hour of a log group. What you may not look at is not proven, and it names the action that you lack.

    Exit status: 0 nothing is wrong, 1 something is, 2 bad usage.
    """
    with errors_printed():
        try:
            session.use(profile, region)
        except BotoCoreError as error:
            raise ConfigError(f"{error}: `aws configure list-profiles` has those that there are") from error
        with Progress(output.console(stderr=True)) as progress:
            account = Account(prefix, Reader(cache(session.client)), SystemClock())
            findings = look(account, say=progress.begin)
            if smoke:
                findings += take_smoke_test(account, deployed(prefix), progress.say)
        if as_json:
            print(json.dumps(text.document(findings), indent=2))
        else:
            print("\n".join(text.lines(findings)))
    raise typer.Exit(1 if has_problems(findings) else 0)
