"""Fault rules from a YAML file, as ``loglake local run --faults FILE`` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import yaml

from gluelocal.cloud.events.event_rules import EVENT_FAULTS, EventRule
from gluelocal.cloud.faults.fault_names import NAMED, hanging, slow
from gluelocal.cloud.faults.injection import Fault, FaultRule
from gluelocal.cloud.wire.call_names import check_call
from loglake.errors import ConfigError

_NUMBERS: Mapping[str, Callable[[Any], Any]] = {"first": int, "last": int, "seed": int, "probability": float}
_TIMES = {"after_s": "from_ms", "until_s": "until_ms"}
RULE_KEYS = frozenset({"fault", "service", "operation", "resource", "delay_s", *_NUMBERS, *_TIMES})
EVENT_KEYS = frozenset({"fault", "probability", "seed", "delay_s"})
ERROR_KEYS = frozenset({"code", "status", "message"})
WAITING: Mapping[str, Callable[[float], Fault]] = {
    "slow": slow,
    "hanging": hanging,
    "hanging_after": lambda delay_s: hanging(delay_s, after=True),
}


@dataclass(frozen=True)
class FaultPlan:
    """The faults to inject on purpose.

    Attributes:
        calls: which calls fail.
        events: which events are delivered repeatedly or late.
    """

    calls: tuple[FaultRule, ...] = ()
    events: tuple[EventRule, ...] = ()


NO_FAULTS = FaultPlan()


def read_fault_file(path: Path, now_ms: int) -> FaultPlan:
    """The rules of a file, in its order.

    Args:
        path: a YAML list; each item is a mapping with `fault` and conditions, see docs/reference/faults.md.
        now_ms: the start of `after_s` and `until_s`.

    Raises:
        ConfigError: the file can't be read or a rule is invalid; names the rule and the reason.
    """
    try:
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"the file of faults {path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file of faults {path} is not YAML: {error}") from error
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


def _rule(entry: Any, now_ms: int) -> FaultRule | EventRule:
    if not isinstance(entry, dict) or "fault" not in entry:
        raise ValueError("it needs a mapping with the key fault")
    if entry["fault"] in EVENT_FAULTS:
        return _event_rule(entry)
    _check_keys(entry, RULE_KEYS)
    given: dict[str, Any] = {name: str(entry[name]) for name in ("service", "operation", "resource") if name in entry}
    check_call(given.get("service", "*"), given.get("operation", "*"))
    given |= {name: _number(entry, name, kind) for name, kind in _NUMBERS.items() if name in entry}
    times = {field: _number(entry, name, float) for name, field in _TIMES.items() if name in entry}
    given |= {field: now_ms + round(seconds * 1000) for field, seconds in times.items()}
    return FaultRule(_fault(entry), **given)


def _event_rule(entry: dict[str, Any]) -> EventRule:
    _check_keys(entry, EVENT_KEYS)
    return EventRule(
        entry["fault"],
        probability=_number(entry, "probability", float) if "probability" in entry else 1.0,
        seed=_number(entry, "seed", int) if "seed" in entry else 0,
        within_s=_number(entry, "delay_s", float) if "delay_s" in entry else 0.0,
    )


def _fault(entry: dict[str, Any]) -> Fault:
    fault = entry["fault"]
    if isinstance(fault, dict):
        _check_keys(fault, ERROR_KEYS)
        status = _number(fault, "status", int) if "status" in fault else 400
        return Fault("error", code=str(fault.get("code", "")), status=status, message=str(fault.get("message", "")))
    if fault in WAITING:
        return WAITING[fault](_number(entry, "delay_s", float))
    if fault not in NAMED:
        named = ", ".join([*NAMED, *WAITING, *EVENT_FAULTS])
        raise ValueError(f"{fault!r} is not a fault; there are {named}, or a mapping with a code")
    return NAMED[fault]


def _check_keys(entry: dict[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(str(key) for key in entry.keys() - known)
    if unknown:
        raise ValueError(f"{unknown[0]} is not a key of it; there are {', '.join(sorted(known))}")


def _number(entry: dict[str, Any], name: str, kind: Callable[[Any], Any]) -> Any:
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or kind(value) != value:
        raise ValueError(f"{name} needs {'a whole number' if kind is int else 'a number'}, and has {value!r}")
    return kind(value)
