"""A settings file with a comment for each key, and with each stack parameter and its default."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loglake_cli.deploy.place import Place
from loglake_cli.deploy.settings.settings import CHOSEN
from loglake_cli.operations.deploying.blueprints import Blueprint

_PLAIN = re.compile(r"[A-Za-z0-9_./-][A-Za-z0-9_./*-]*")
"""What needs no quotes in YAML: a * at the begin would name an alias."""
_HEAD = """\
# What is deployed, in which account and with which parameters. `loglake deploy --settings FILE` takes this file;
# without --settings it takes loglake.yaml of the folder. One file is for one environment. Review it like code.

# What the names of all stacks and resources begin with.
prefix: {prefix}

# The only account and Region that this file may be used for. Take the lines out to allow any.
account: "{account}"
region: {region}

# Which log groups become which tables. The path starts from this file.
datasets: {datasets}

# Optional stacks: on or off. A stack that is not named stays as it is.
stacks:
{stacks}

# The tags of the stacks and of all that they make; there is always loglake: {prefix}.
tags: {{}}
#  team: data

# Glue writes the logs of export-logs and of the crawler to log groups that all teams of the account share. They are
# left alone, unless a number here says after how many days CloudWatch deletes their events, those of others too.
shared_log_days: 0

# What the monthly estimate assumes (docs/aws/cost.md).
volume:
  log_groups: {log_groups}
  gb_per_day: {gb_per_day} # {measured}

# Parameters of the stacks by their own names. What stands behind a # is the default. The state of the schedule,
# ScheduleState, stays as it is if it is not named: `loglake deploy --enable-schedule` turns it on.
parameters:
  ScheduleExpression: {schedule}
"""


def settings_text(
    place: Place,
    prefix: str,
    datasets: str,
    blueprints: Sequence[Blueprint],
    *,
    optional: Sequence[str],
    log_groups: int,
    gb_per_day: float | None,
) -> str:
    """The text of a settings file.

    Args:
        place: where it is for.
        prefix: of the names.
        datasets: the datasets file, relative to the settings file.
        blueprints: all templates; their parameters are listed.
        optional: the optional stacks.
        log_groups: how many are exported.
        gb_per_day: the size of their events; None if it could not be measured.
    """
    declared = {name: item for each in blueprints for name, item in each.declared.items()}
    stacks = [
        f"  {each.name}: {'off' if each.stack.optional else 'on'} # {_about(each)}"
        for each in blueprints
        if each.name in optional
    ]
    head = _HEAD.format(
        prefix=prefix,
        account=place.account,
        region=place.region,
        datasets=datasets,
        stacks="\n".join(stacks),
        log_groups=log_groups,
        gb_per_day=0.1 if gb_per_day is None else round(gb_per_day, 3),
        measured="a guess: nobody could measure it" if gb_per_day is None else "the mean of the last week",
        schedule=_value(declared["ScheduleExpression"]["Default"]),
    )
    return head + "\n".join(_parameters(blueprints)) + "\n"


def _about(blueprint: Blueprint) -> str:
    """A template's description."""
    return str(blueprint.document.get("Description", "")).partition(": ")[2].rstrip(".")


def _parameters(blueprints: Sequence[Blueprint]) -> Iterator[str]:
    seen = {*CHOSEN, "ScheduleExpression", "ScheduleState"}
    passed_on = {name for each in blueprints for name in each.outputs}
    for blueprint in blueprints:
        own = {
            name: item
            for name, item in blueprint.declared.items()
            if "Default" in item and name not in seen and name not in passed_on
        }
        if own:
            yield from ("", f"  # {blueprint.name}: {_about(blueprint)}.")
        for name, item in own.items():
            yield from _parameter(name, item)
        seen |= set(own)


def _parameter(name: str, item: Mapping[str, Any]) -> list[str]:
    about = " ".join(str(item.get("Description", "")).split())
    allowed = [str(each) for each in item.get("AllowedValues", [])]
    about += f" One of {', '.join(allowed)}." if allowed else ""
    wrapped = textwrap.wrap(about, 100, break_long_words=False, break_on_hyphens=False)
    return ["", *(f"  # {line}" for line in wrapped), f"  # {name}: {_value(item['Default'])}"]


def _value(value: Any) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
