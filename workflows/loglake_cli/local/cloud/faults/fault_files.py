"""Fault rules from a YAML file, as ``loglake local run --faults FILE`` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import yaml

from loglake.errors import ConfigError
from loglake_cli.local.cloud.events.event_rules import EVENT_FAULTS, EventRule
from loglake_cli.local.cloud.faults.fault_names import NAMED, hanging, slow
from loglake_cli.local.cloud.faults.injection import Fault, FaultRule
from loglake_cli.local.cloud.wire.call_names import check_call

_NUMBERS = ("first", "last", "seed")
_TIMES = {"after_s": "from_ms", "until_s": "until_ms"}
RULE_KEYS = frozenset({"fault", "service", "operation", "probability", "delay_s", *_NUMBERS, *_TIMES})
EVENT_KEYS = frozenset({"fault", "probability", "seed", "delay_s"})
ERROR_KEYS = frozenset({"code", "status", "message"})
WAITING: Mapping[str, Callable[[float], Fault]] = {
    "slow": slow,
    "hanging": hanging,
    "hanging_after": lambda delay_s: hanging(delay_s, after=True),
}


@dataclass(frozen=True)
class FaultPlan:
    """What goes wrong on purpose.

    Attributes:
        calls: which calls fail.
        events: which events come again or late.
    """

    calls: tuple[FaultRule, ...] = ()
    events: tuple[EventRule, ...] = ()


NO_FAULTS = FaultPlan()


def read_fault_file(path: Path, now_ms: int) -> FaultPlan:
    """The rules of a file, in its order.

    Args:
        path: a YAML list; each item is a mapping with `fault` and conditions, see docs/faults.md.
        now_ms: what `after_s` and `until_s` count from.

    Raises:
        ConfigError: the file can't be read, or a rule can't be one; says which and why.
    """
    try:
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the file of faults {path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file of faults {path} is no YAML: {error}") from error
    if not isinstance(rules, list) or not rules:
        raise ConfigError(f"{path} needs a list of rules, such as: - {{fault: throttled, service: s3}}")
    read: list[FaultRule | EventRule] = []
    for number, rule in enumerate(rules, 1):
        try:
            read.append(_rule(rule, now_ms))
        except ValueError as error:
            raise ConfigError(f"{path}, rule {number}: {error}") from error
    return FaultPlan(
        tuple(rule for rule in read if isinstance(rule, FaultRule)),
        tuple(rule for rule in read if isinstance(rule, EventRule)),
    )


def _rule(told: Any, now_ms: int) -> FaultRule | EventRule:
    if not isinstance(told, dict) or "fault" not in told:
        raise ValueError("it needs a mapping with the key fault")
    if told["fault"] in EVENT_FAULTS:
        return _event_rule(told)
    _check_keys(told, RULE_KEYS)
    given: dict[str, Any] = {name: str(told[name]) for name in ("service", "operation") if name in told}
    check_call(given.get("service", "*"), given.get("operation", "*"))
    given |= {name: _number(told, name, int) for name in _NUMBERS if name in told}
    if "probability" in told:
        given["probability"] = _number(told, "probability", float)
    for name, field in _TIMES.items():
        if name in told:
            given[field] = now_ms + round(_number(told, name, float) * 1000)
    return FaultRule(_fault(told), **given)


def _event_rule(told: dict[str, Any]) -> EventRule:
    _check_keys(told, EVENT_KEYS)
    return EventRule(
        told["fault"],
        probability=_number(told, "probability", float) if "probability" in told else 1.0,
        seed=_number(told, "seed", int) if "seed" in told else 0,
        within_s=_number(told, "delay_s", float) if "delay_s" in told else 0.0,
    )


def _fault(told: dict[str, Any]) -> Fault:
    fault = told["fault"]
    if isinstance(fault, dict):
        _check_keys(fault, ERROR_KEYS)
        status = _number(fault, "status", int) if "status" in fault else 400
        return Fault("error", code=str(fault.get("code", "")), status=status, message=str(fault.get("message", "")))
    if fault in WAITING:
        return WAITING[fault](_number(told, "delay_s", float))
    if fault not in NAMED:
        raise ValueError(
            f"{fault!r} is no fault; there are {', '.join([*NAMED, *WAITING, *EVENT_FAULTS])}, or a mapping with a code"
        )
    return NAMED[fault]


def _check_keys(told: dict[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(str(key) for key in told.keys() - known)
    if unknown:
        raise ValueError(f"{unknown[0]} is no key of it; there are {', '.join(sorted(known))}")


def _number(told: dict[str, Any], name: str, kind: Callable[[Any], Any]) -> Any:
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or kind(value) != value:
        raise ValueError(f"{name} needs {'a whole number' if kind is int else 'a number'}, and has {value!r}")
    return kind(value)
