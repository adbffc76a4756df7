"""Glue Python shell job: starts a landing run if something has landed (`LandingStart: Look`)."""

from __future__ import annotations

import sys

from awsglue.utils import getResolvedOptions

from loglake.aws import session
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import open_store
from loglake.aws.system_clock import SystemClock
from loglake.config import LookConfig
from loglake.pipelines.landing.full_look import start_landing
from loglake.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and looks."""
    config = LookConfig.from_argv(sys.argv, getResolvedOptions)
    clock = SystemClock()
    waiting = start_landing(
        DynamoLedger(session.dynamodb(), config.ledger_table, clock),
        open_store(config.raw_bucket),
        SqsLandingQueue(session.sqs(), config.landing_queue),
        open_store(config.control_bucket),
        now_ms=clock.now_ms(),
        run_id=config.run_id,
    )
    Telemetry(clock, config.run_id).event("looked for landed objects", waiting=waiting)
