"""When SCHEDULED triggers and crawlers with a schedule are due; pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gluelocal.engine.state import GlueError, Scheduled
from gluelocal.engine.work import Work
from gluelocal.model.model import Action, Model, Trigger
from gluelocal.model.schedules import read_schedule


def due(model: Model, now_ms: int) -> Mapping[Scheduled, int]:
    """The next time of each active SCHEDULED trigger and each crawler with a schedule, unless it never comes again.

    Raises:
        ConfigError: a schedule can't be read.
    """
    triggers = (one for one in model.triggers.values() if one.type == "SCHEDULED" and one.active)
    schedules = {(False, trigger.name): trigger.schedule for trigger in triggers}
    schedules |= {(True, crawler.name): crawler.schedule for crawler in model.crawlers.values() if crawler.schedule}
    times = {key: _next_ms(schedule, now_ms) for key, schedule in schedules.items()}
    return MappingProxyType({key: at_ms for key, at_ms in times.items() if at_ms is not None})


def fire_schedules(work: Work, now_ms: int) -> None:
    """Fires everything that is due, oldest first.

    If a workflow has reached its MaxConcurrentRuns, its run gets an error and does nothing. A crawler that still runs
    is not started (Glue API, StartCrawler) and waits for its next time.
    """
    while (first := _first(work, now_ms)) is not None:
        at_ms, is_crawler, name = first
        if is_crawler:
            _advance(work, (is_crawler, name), work.model.crawlers[name].schedule, at_ms)
            _crawl(work, name, now_ms)
        else:
            trigger = work.model.triggers[name]
            _advance(work, (is_crawler, name), trigger.schedule, at_ms)
            _fire(work, trigger, now_ms)


def _first(work: Work, now_ms: int) -> tuple[int, bool, str] | None:
    return min(((at_ms, *key) for key, at_ms in work.due_ms.items() if at_ms <= now_ms), default=None)


def _advance(work: Work, key: Scheduled, schedule: str, at_ms: int) -> None:
    del work.due_ms[key]
    next_ms = _next_ms(schedule, at_ms)
    if next_ms is not None:
        work.due_ms[key] = next_ms


def _fire(work: Work, trigger: Trigger, now_ms: int) -> None:
    if not trigger.workflow_name:
        work.start_chain(trigger, now_ms)
    elif work.has_free_slot(trigger.workflow_name):
        work.start_run(trigger.workflow_name, {}, now_ms)
    else:
        work.refuse_run(trigger.workflow_name, now_ms)


def _crawl(work: Work, name: str, now_ms: int) -> None:
    try:
        work.start_alone(Action(crawler_name=name), now_ms)
    except GlueError as error:
        if error.code != "CrawlerRunningException":
            raise


def _next_ms(schedule: str, after_ms: int) -> int | None:
    return read_schedule(schedule).next_after(after_ms)
