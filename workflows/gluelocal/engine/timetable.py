"""When SCHEDULED triggers and crawlers with a schedule are due; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gluelocal.engine.state import GlueError
from gluelocal.engine.work import Work
from gluelocal.model.model import Action, Crawler, Model, Trigger
from gluelocal.model.schedules import read_schedule


def due_triggers(model: Model, now_ms: int) -> Mapping[str, int]:
    """The next time of each active SCHEDULED trigger, by its name; a trigger that never fires again is left out.

    Raises:
        ConfigError: a schedule can't be read.
    """
    triggers = model.triggers.values()
    return _due((one for one in triggers if one.type == "SCHEDULED" and one.active), now_ms)


def due_crawlers(model: Model, now_ms: int) -> Mapping[str, int]:
    """The next time of each crawler with a schedule, by its name.

    Raises:
        ConfigError: a schedule can't be read.
    """
    return _due((one for one in model.crawlers.values() if one.schedule), now_ms)


def _due(scheduled: Iterable[Trigger | Crawler], now_ms: int) -> Mapping[str, int]:
    due = {one.name: _next_ms(one.schedule, now_ms) for one in scheduled}
    return MappingProxyType({name: at_ms for name, at_ms in due.items() if at_ms is not None})


def fire_schedules(work: Work, now_ms: int) -> None:
    """Fires everything that is due, oldest first.

    If a workflow has reached its MaxConcurrentRuns, its run gets an error and does nothing. A crawler that still runs
    is not started (Glue API, StartCrawler) and waits for its next time.
    """
    while (due := _first(work, now_ms)) is not None:
        at_ms, is_crawler, name = due
        if is_crawler:
            _advance(work.crawl_due_ms, name, work.model.crawlers[name].schedule, at_ms)
            _crawl(work, name, now_ms)
        else:
            trigger = work.model.triggers[name]
            _advance(work.due_ms, name, trigger.schedule, at_ms)
            _fire(work, trigger, now_ms)


def _first(work: Work, now_ms: int) -> tuple[int, bool, str] | None:
    triggers = ((at_ms, False, name) for name, at_ms in work.due_ms.items())
    crawlers = ((at_ms, True, name) for name, at_ms in work.crawl_due_ms.items())
    return min((due for due in [*triggers, *crawlers] if due[0] <= now_ms), default=None)


def _advance(due_ms: dict[str, int], name: str, schedule: str, at_ms: int) -> None:
    del due_ms[name]
    next_ms = _next_ms(schedule, at_ms)
    if next_ms is not None:
        due_ms[name] = next_ms


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
