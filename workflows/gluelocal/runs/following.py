"""Updates the runtime from the stacks after each CloudFormation operation.

Workflows, triggers, jobs and crawlers need no update: CloudFormation changes them by Glue API calls, which the runtime
answers. Rules and schedules come from here, because moto only stores them.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.events.eventbridge import EventBus
from gluelocal.engine.state import GlueError
from gluelocal.executor.role_access import RoleAccess
from gluelocal.executor.runtime import Runtime
from gluelocal.executor.scheduler import Scheduler
from gluelocal.executor.wakes import bus_rules
from gluelocal.model.reader import read_model
from gluelocal.templates.provision import DeployedStack

_log = logging.getLogger(__name__)


def follow(
    runtime: Runtime, bus: EventBus, scheduler: Scheduler, access: RoleAccess, stacks: list[DeployedStack]
) -> None:
    """Reads all stacks. If rules or schedules can't be read, all of them stay as they were."""
    try:
        model = read_model(stacks)
        rules = bus_rules(model)
    except ConfigError as error:
        _log.warning("the local runtime goes on with the rules and schedules that it had: %s", error)
        return
    try:
        runtime.change(lambda now: replace(now, rules=model.rules, schedules=model.schedules))
    except GlueError:  # it is being stopped, so nothing more may run
        return
    bus.rules = tuple(rules)
    scheduler.change(model.schedules.values())
    access.follow()
