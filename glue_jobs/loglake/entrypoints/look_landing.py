"""Glue Python shell job: starts a landing run if something has landed (`LandingStart: Look`).

With `--subscription` it sees to the subscription filters of log groups instead.
"""

from __future__ import annotations

import json
import sys

from awsglue.utils import getResolvedOptions

from loglake.aws import session
from loglake.aws.dataset_file import read_datasets
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import open_store
from loglake.aws.subscription_filters import CloudWatchSubscriptionFilters
from loglake.aws.system_clock import SystemClock
from loglake.config import LookConfig
from loglake.core.landing.subscriptions import SubscriptionFilter
from loglake.pipelines.landing.full_look import start_landing
from loglake.pipelines.landing.subscribe import SUBSCRIBING_S, Subscriber, note_look
from loglake.telemetry import Telemetry


def main() -> None:
    """Wires the adapters and looks."""
    config = LookConfig.from_argv(sys.argv, getResolvedOptions)
    clock = SystemClock()
    telemetry = Telemetry(clock, config.run_id)
    ledger = DynamoLedger(session.dynamodb(), config.ledger_table, clock)
    control = open_store(config.control_bucket)
    if config.subscription:
        filters = CloudWatchSubscriptionFilters(session.logs(), session.logs_without_retries())
        subscriber = Subscriber(SubscriptionFilter(**json.loads(config.subscription)), filters, control, clock)
        report = subscriber.subscribe(read_datasets(config.datasets_uri), SUBSCRIBING_S)
        note_look(ledger, report, clock.now_ms())
        telemetry.event("looked at subscription filters", **vars(report))
        return
    waiting = start_landing(
        ledger,
        open_store(config.raw_bucket),
        SqsLandingQueue(session.sqs(), config.landing_queue),
        control,
        now_ms=clock.now_ms(),
        run_id=config.run_id,
    )
    telemetry.event("looked for landed objects", waiting=waiting)
