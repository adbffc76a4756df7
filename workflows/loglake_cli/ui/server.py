"""Serves the page of a running stack, only on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from gluelocal.cloud.http_server import LoopbackServer
from loglake.aws.export_tasks import CloudWatchExportTasks
from loglake.aws.objects import S3ObjectStore
from loglake.core.ports.clock import Clock
from loglake.core.units import LogGroupName
from loglake.core.windows import Window
from loglake_cli.local.connection import export_commands
from loglake_cli.local.stack import LocalStack
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.jobs import deployed_settings
from loglake_cli.ui.app import App
from loglake_cli.ui.contexts import Searches, Watched
from loglake_cli.ui.runs import Runs
from loglake_cli.ui.tables import Mirror, Tables

Loaded = Sequence[tuple["Window", Sequence["LogGroupName"]]]
NOTHING: Loaded = ()


@contextmanager
def serving(stack: LocalStack, clock: Clock, port: int = 0, loaded: Loaded = NOTHING) -> Iterator[str]:
    """Serves the page in threads of this process until the block ends; yields its address with its token.

    Args:
        stack: the stack; it must run until the block ends.
        clock: gives the times for running nodes and lags.
        port: 0 means any free port.
        loaded: the time ranges that have events, each with its log groups; the page shows how to request them.

    Raises:
        ConfigError: the port is taken.
    """
    token = secrets.token_urlsafe(32)
    with Mirror(stack.aws) as mirror:
        server = LoopbackServer(App(watched(stack, clock, mirror, loaded), token), port)
        try:
            yield f"{server.url}/#token={token}"
        finally:
            server.stop()


def watched(stack: LocalStack, clock: Clock, mirror: Mirror, loaded: Loaded = NOTHING) -> Watched:
    """The context of the page."""
    deployment, prefix = _deployment(stack, clock), _prefix(stack)
    tables = Tables(mirror, deployment)
    requests = tuple(export_commands(loaded, prefix))
    return Watched(
        Runs(stack, clock),
        tables,
        mirror,
        Searches(mirror),
        deployment,
        stack.aws.endpoint,
        prefix,
        stack.datasets,
        requests,
    )


def _deployment(stack: LocalStack, clock: Clock) -> Deployment:
    """The stack as ``--lake aws:`` sees it, with separate clients that no fault rule affects."""
    s3, logs, glue = stack.client("s3"), stack.client("logs"), stack.client("glue")
    control, raw, lake = (S3ObjectStore(s3, stack.outputs[f"{name}Bucket"]) for name in ("Control", "Raw", "Lake"))
    return Deployment(
        stack.ledger,
        control,
        raw,
        lake,
        glue,
        stack.outputs["DatabaseName"],
        clock,
        CloudWatchExportTasks(logs, logs, stack.client("cloudwatch")),
        settings=partial(deployed_settings, glue, _prefix(stack)),
    )


def _prefix(stack: LocalStack) -> str:
    return stack.outputs["LedgerTable"].removesuffix("-ledger")
