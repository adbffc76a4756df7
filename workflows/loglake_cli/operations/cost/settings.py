"""A workload from the sections of a settings file, and from the stacks and parameters that change the monthly cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from gluelocal.model.schedules import Once, read_schedule
from loglake.core.near_names import meant
from loglake.core.units import MS_PER_DAY, parse_instant
from loglake.errors import ConfigError
from loglake_cli.operations.cost.workload import (
    ALARM_METRICS,
    DAYS,
    EVENT_MINUTES,
    LANDING_ALL_DAY,
    LOOK_MINUTES,
    Workload,
)

_EVERY_RUN = "every run"
"""A value of `crawls`: the crawler runs after each run."""

_FROM = parse_instant("2026-11-01")
"""A schedule's times are counted in the month that begins here."""


def deployed_workload(volume: Mapping[str, Any], stacks: Mapping[str, bool], parameters: Mapping[str, Any]) -> Workload:
    """The workload of a deployment, by the sections of its settings file.

    Args:
        volume: fields of `Workload`.
        stacks: which optional stacks are on; monitoring is on unless it is off.
        parameters: of the stacks.

    Raises:
        ConfigError: as `workload_of` and `with_parameters`.
    """
    return with_parameters(with_stacks(workload_of(volume), {"monitoring": True, **stacks}), parameters)


def workload_of(given: Mapping[str, Any], base: Workload | None = None) -> Workload:
    """A workload with fields that are given by name; the others are those of `base`.

    Raises:
        ConfigError: a field is not known, or its value can't be.
    """
    types = {each.name: str(each.type) for each in fields(Workload)}
    checked = {}
    for name, value in given.items():
        if name not in types:
            raise ConfigError(
                f"volume: {name} is not a field of a workload: {meant(str(name), types) or ', '.join(types)}"
            )
        checked[name] = _value(name, value, types[name])
    try:
        return replace(base or Workload(), **checked)
    except ValueError as error:
        raise ConfigError(str(error).partition("): ")[2] or str(error)) from error


def with_stacks(workload: Workload, stacks: Mapping[str, bool]) -> Workload:
    """The workload of a deployment with or without the optional stacks; other stacks are ignored here."""
    changes: dict[str, Any] = {}
    if stacks.get("monitoring"):
        alarms = workload.alarms or ALARM_METRICS + bool(stacks.get("streaming"))
        changes |= {"alarms": alarms, "dashboards": workload.dashboards or 1}
    if stacks.get("streaming"):
        changes |= {"streaming": True, "landing_minutes": workload.landing_minutes or LANDING_ALL_DAY.landing_minutes}
    return replace(workload, **changes)


def with_parameters(workload: Workload, parameters: Mapping[str, Any]) -> Workload:
    """The workload of a deployment with these stack parameters; others are ignored.

    Raises:
        ConfigError: ScheduleExpression is not a schedule.
    """
    changes: dict[str, Any] = {}
    if "ScheduleExpression" in parameters:
        changes["ticks_a_day"] = ticks_a_day(str(parameters["ScheduleExpression"]))
    if workload.landing_minutes and parameters.get("LandingStart") == "Look":
        changes["landing_looks"] = True
        changes["landing_minutes"] = _whole(parameters, "LandingMinutes", LOOK_MINUTES)
    elif workload.landing_minutes and "LandingBatchWindowSeconds" in parameters:
        changes["landing_minutes"] = _whole(parameters, "LandingBatchWindowSeconds", 60 * EVENT_MINUTES) / 60
    if parameters.get("CrawlMode") == "EveryRun":
        changes["crawls"] = None
    if "ExecutionClass" in parameters:
        changes["flex"] = parameters["ExecutionClass"] == "FLEX"
    if "RawExpiryDays" in parameters:
        days = str(parameters["RawExpiryDays"])
        changes["raw_days"] = int(days) if days.isdigit() else 0  # off: YAML may read it as False
    if parameters.get("KmsKeyArn"):
        changes["kms_key"] = True
    return replace(workload, **changes)


def _whole(parameters: Mapping[str, Any], name: str, default: int) -> int:
    number = str(parameters.get(name, default))
    if not number.isdecimal() or not int(number):
        raise ConfigError(f"{name} is a whole number, and not {number!r}.")
    return int(number)


def ticks_a_day(expression: str) -> float:
    """How often a schedule fires a day, averaged over a month.

    Raises:
        ConfigError: it is not a schedule.
    """
    schedule = read_schedule(expression, anchor_ms=_FROM)
    if isinstance(schedule, Once):
        return 1 / DAYS
    ticks, fires_ms = 0, schedule.next_after(_FROM)
    while fires_ms is not None and fires_ms <= _FROM + DAYS * MS_PER_DAY:
        ticks, fires_ms = ticks + 1, schedule.next_after(fires_ms)
    return ticks / DAYS


def _value(name: str, value: Any, kind: str) -> Any:
    if name == "crawls" and value == _EVERY_RUN:
        return None
    if kind == "str":
        return str(value)
    wanted: tuple[type, ...] = (bool,) if kind == "bool" else (int,) if kind.startswith("int") else (int, float)
    is_number = isinstance(value, wanted) and not isinstance(value, bool) and -math.inf < value < math.inf  # type: ignore[operator]  # of int and float
    if not (isinstance(value, bool) if kind == "bool" else is_number):
        words = {"bool": "true or false", "float": "a number"}.get(kind, "a whole number")
        more = f", or `{_EVERY_RUN}`" if name == "crawls" else ""
        raise ConfigError(f"{name} is {words}{more}, and not {value!r}.")
    return value
