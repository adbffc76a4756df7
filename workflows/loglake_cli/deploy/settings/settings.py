"""A settings file, read and checked: a sentence for each mistake."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from loglake.core.near_names import meant
from loglake.errors import ConfigError

if TYPE_CHECKING:
    from loglake.core.schema.datasets import Datasets


def read_yaml(text: str) -> Any:
    """What a YAML text says.

    Raises:
        yaml.YAMLError: it is no YAML, or has what can be no value, such as 2026-02-30, or is nested too deep.
    """
    try:
        return yaml.safe_load(text)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deep") from error
    except (ValueError, AttributeError) as error:
        raise yaml.YAMLError(str(error)) from error


SETTINGS_FILE = Path("loglake.yaml")
"""Taken if it is there and no other is named."""

DEFAULT_PREFIX = "loglake"
_PREFIX = re.compile(r"[a-z][a-z0-9-]{1,15}")
_ON_OFF = ("on", "off")
_KEYS = ("prefix", "account", "region", "datasets", "stacks", "parameters", "tags", "shared_log_days", "volume")
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365)
"""Of the numbers that PutRetentionPolicy takes, those that the templates' parameters take, too."""
CHOSEN = (
    "Prefix", "WheelUri", "WheelsUri", "ExportScriptUri", "LookScriptUri", "ConvertScriptUri", "DatasetsUri",
    "TransformsUri", "RedactSecretArn", "RedactParameterArn",
)  # fmt: skip
"""Parameters that deploying gives by itself."""


@dataclass(frozen=True)
class Settings:
    """What is deployed.

    Attributes:
        account: the only account to deploy to; empty for any.
        region: the Region to deploy to; empty for the environment's Region.
        datasets: the datasets file; None for the one that comes with loglake.
        stacks: by name, whether to deploy an optional stack; a stack without an entry stays as it is.
        parameters: stack parameters by name; None if there is no file: then they stay as they are.
        tags: the tags of the stacks and of all their resources.
        shared_log_days: the retention of the log groups that all Glue jobs of the account share; 0 leaves them alone.
        volume: the log volume that the cost estimate assumes.
    """

    prefix: str = DEFAULT_PREFIX
    account: str = ""
    region: str = ""
    datasets: Path | None = None
    stacks: Mapping[str, bool] = field(default_factory=dict)
    parameters: Mapping[str, str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    shared_log_days: int = 0
    volume: Mapping[str, Any] = field(default_factory=dict)


def read_settings(path: Path, declared: Declared, optional: tuple[str, ...]) -> Settings:
    """Reads a settings file.

    Args:
        path: the file; other files that it names are beside it.
        declared: the Parameters section of each template, by stack name.
        optional: the stacks that can be left out.

    Raises:
        ConfigError: the file can't be read, or has mistakes: a sentence for each.
    """
    content, values = _content(path)
    _refuse(path, _mistakes(content, declared, optional))
    return Settings(
        prefix=content.get("prefix", DEFAULT_PREFIX),
        account=content.get("account", ""),
        region=content.get("region", ""),
        datasets=path.parent / content["datasets"] if content.get("datasets") else None,
        stacks={name: value == "on" for name, value in (content.get("stacks") or {}).items()},
        parameters=content.get("parameters") or {},
        tags=content.get("tags") or {},
        shared_log_days=int(content.get("shared_log_days") or 0),
        volume=values.get("volume") or {},
    )


def read_deployment(path: Path) -> Settings:
    """Which deployment a settings file is for: prefix, account and Region. Nothing else of the file is looked at.

    Raises:
        ConfigError: the file can't be read, or has mistakes in these.
    """
    content, _ = _content(path)
    _refuse(path, _check_place(content))
    return Settings(content.get("prefix", DEFAULT_PREFIX), content.get("account", ""), content.get("region", ""))


def _content(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keys of a file, with texts as values, and with values of YAML's types."""
    try:
        text = path.read_text("utf-8")
        values, content = read_yaml(text) or {}, yaml.load(text, yaml.BaseLoader) or {}
    except OSError as error:
        raise ConfigError(f"the settings file {path} can't be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings file {path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"the settings file {path} has no keys: it has {', '.join(_KEYS)}")
    return content, values


def _refuse(path: Path, mistakes: Iterator[str]) -> None:
    found = list(mistakes)
    if found:
        raise ConfigError("\n  ".join([f"the settings file {path} can't be used:", *found]))


def is_prefix(text: Any) -> bool:
    """Whether a text can be the prefix of a deployment."""
    return isinstance(text, str) and bool(_PREFIX.fullmatch(text))


def _mistakes(content: Mapping[str, Any], declared: Declared, optional: tuple[str, ...]) -> Iterator[str]:
    for key in content:
        if key not in _KEYS:
            yield f"{key} is not a key{nearest(key, _KEYS)}."
    yield from _check_place(content)
    if not isinstance(content.get("datasets") or "", str):
        yield "datasets is the name of one file."
    yield from _check_stacks(content.get("stacks"), declared, optional)
    yield from check_parameters(content.get("parameters"), declared, CHOSEN)
    yield from check_texts(content.get("tags"), "tags", "name: value", longest=128)
    days = content.get("shared_log_days") or "0"
    if days not in map(str, (0, *_LOG_DAYS)):
        yield f"shared_log_days is 0 or one of {', '.join(map(str, _LOG_DAYS))}, and not {days!r}."
    if not isinstance(content.get("volume") or {}, dict):
        yield "volume has lines such as `gb_per_day: 10`."


def _check_place(content: Mapping[str, Any]) -> Iterator[str]:
    prefix, account, region = content.get("prefix", DEFAULT_PREFIX), content.get("account"), content.get("region")
    if not is_prefix(prefix):
        yield f"prefix is 2 to 16 of a-z, 0-9 and dashes, beginning with a letter, and not {prefix!r}."
    if account and (not isinstance(account, str) or not re.fullmatch(r"\d{12}", account)):
        yield f"account is an AWS account id of 12 digits, and not {account!r}."
    if region and (not isinstance(region, str) or not re.fullmatch(r"[a-z]{2,}(-[a-z]+)+-\d", region)):
        yield f"region is the name of a Region, such as eu-central-1, and not {region!r}."


def _check_stacks(stacks: Any, declared: Declared, optional: tuple[str, ...]) -> Iterator[str]:
    if stacks and not isinstance(stacks, dict):
        yield f"stacks has lines such as `{optional[0] if optional else 'name'}: on`."
        return
    for name, value in (stacks or {}).items():
        if name in declared and name not in optional:
            yield f"stacks: {name} can't be left out: take the line out."
        elif name not in declared:
            yield f"stacks: there is no stack {name}{nearest(name, optional)}."
        elif value not in _ON_OFF:
            yield f"stacks: {name} is on or off, and not {value!r}."


_NAME = frozenset(f"{string.ascii_letters}{string.digits}.-_/#")

Declared = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""The Parameters section of each template, by stack name."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the most similar known names, or all names if they are few."""
    names = list(known)
    near = meant(name, names) or (f"there is {', '.join(names)}" if len(names) <= 12 else "")
    return f": {near}" if near else ""


def check_texts(section: Any, key: str, line: str, *, longest: int) -> Iterator[str]:
    """Mistakes of a section that maps names to texts."""
    if section and not isinstance(section, dict):
        yield f"{key} has lines such as `{line}`."
        return
    for name, value in (section or {}).items():
        if not isinstance(value, str):
            yield f"{key}: {name} has one value."
        elif not name or len(name) > longest:
            yield f"{key}: {name!r} has to have 1 to {longest} letters."


def check_parameters(section: Any, declared: Declared, chosen: Iterable[str]) -> Iterator[str]:
    """Mistakes of the section of stack parameters.

    Args:
        section: the section in the file.
        declared: the stacks' parameters.
        chosen: the parameters that deploying sets itself.
    """
    mistakes = list(check_texts(section, "parameters", "LagMinutes: 60", longest=255))
    if mistakes:
        yield from mistakes
        return
    known = {name: definition for parameters in declared.values() for name, definition in parameters.items()}
    for name, value in (section or {}).items():
        if name in chosen:
            yield f"parameters: {name} can't be set here: loglake deploy gives it."
        elif name not in known:
            yield f"parameters: no stack has a parameter {name}{nearest(name, known)}."
        elif "Default" not in known[name]:
            yield f"parameters: {name} can't be set here: it comes from another stack."
        else:
            yield from _check_value(name, value, known[name])


def _check_value(name: str, value: str, definition: Mapping[str, Any]) -> Iterator[str]:
    """Finds a value that CloudFormation would refuse, before deploying."""
    allowed = [str(item) for item in definition.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield f"parameters: {name} is one of {', '.join(allowed)}, and not {value!r}."
    elif definition.get("Type") == "Number" and not re.fullmatch(r"[+-]?\d+(\.\d+)?", value):
        yield f"parameters: {name} is a number, and not {value!r}."
    elif definition.get("Type") == "Number":
        low, high = definition.get("MinValue"), definition.get("MaxValue")
        if (low is not None and float(value) < float(low)) or (high is not None and float(value) > float(high)):
            yield f"parameters: {name} is {_range(low, high)}, and not {value}."
    elif "AllowedPattern" in definition and not re.fullmatch(str(definition["AllowedPattern"]), value):
        rule = definition.get("ConstraintDescription", f"what {definition['AllowedPattern']} matches")
        yield f"parameters: {name} is {rule}, and not {value!r}."


def _range(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"{low} or more" if low is not None else f"{high} or less"


def check_patterns(datasets: Datasets) -> Iterator[str]:
    """Patterns of a datasets file that no log group can match, whatever there is.

    CloudWatch Logs: a log group's name has letters, digits and ``. - _ / #`` (CreateLogGroup, logGroupName).
    """
    for number, entry in enumerate(datasets.entries, 1):
        for pattern in entry.log_groups:
            wrong = sorted(set(re.sub(r"\[!?[^]]*\]|[*?]", "", pattern)) - _NAME)
            if wrong:
                yield (
                    f"dataset {number}: log_groups: no log group matches {pattern}, since no name has "
                    f"{' or '.join(map(repr, wrong))}."
                )
