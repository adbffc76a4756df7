"""The files that `loglake init` writes: settings and datasets, with a comment for each key and each log group."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from loglake.core.schema.datasets import Dataset
from loglake.core.schema.format_choice import AUTO
from loglake_cli.deploy.calls import Place
from loglake_cli.deploy.settings.settings import CHOSEN
from loglake_cli.operations.deploying.blueprints import Blueprint
from loglake_cli.operations.deploying.log_groups import FoundGroup
from loglake_cli.project_files import DATASETS_FILE
from loglake_cli.wording import counted

_FAMILIES = {"/aws/lambda/": "lambda"}
"""Prefixes of log groups that share a table, new ones included, if all their events have one format."""


def datasets_text(groups: Sequence[FoundGroup]) -> str:
    """A datasets file: an entry for each log group that can be exported, and why the others are left out."""
    keys = DATASETS_FILE.read_text("utf-8").partition("\ndatasets:")[0]
    parts = [keys, "\ndatasets:"]
    exported = exported_groups(groups)
    for prefix, kind in _FAMILIES.items():
        family = [each for each in exported if each.name.startswith(prefix)]
        if family and {each.format for each in family} <= {kind, AUTO}:
            exported = [each for each in exported if each not in family]
            about = f"{counted(len(family), 'log group')} in one table; the column log_group tells them apart."
            parts.append(_entry(about, prefix, f"{prefix}*", kind))
    parts += [_entry(_about(each), each.name, each.name, each.format) for each in exported]
    left_out = [f"  #   {each.name}: {each.left_out}" for each in groups if each.left_out]
    if left_out:
        parts.append("\n".join(["  # Left out:", *left_out]))
    return "\n".join(part.rstrip() if part is keys else part for part in parts).rstrip() + "\n"


def exported_groups(groups: Iterable[FoundGroup]) -> list[FoundGroup]:
    """Those that can be exported."""
    return [each for each in groups if not each.left_out]


def _entry(about: str, name: str, pattern: str, kind: str) -> str:
    return "\n".join(
        [
            f"  # {about}",
            f"  - table: {Dataset((name,)).table_for(name)}",
            f"    log_groups: [{_quoted(pattern)}]",
            "    ingest: auto",
            f"    format: {kind}",
            "    partition_by: day",
            "",
        ]
    )


def _about(group: FoundGroup) -> str:
    kept = f"kept for {counted(group.retention_days, 'day')}" if group.retention_days else "kept for ever"
    most = max(group.formats, key=lambda name: group.formats[name], default="")
    seen = f"{group.formats[most]} of {group.sampled} recent events are {most}" if most else "no recent event was seen"
    daily = "" if group.bytes_a_day is None else f", {group.bytes_a_day / 1e6:,.1f} MB a day"
    return f"{group.stored_bytes / 1e6:,.1f} MB, {kept}{daily}; {seen}."


def _quoted(pattern: str) -> str:
    """Quoted if YAML needs it: a # or a : may have another meaning."""
    return pattern if all(letter.isalnum() or letter in "/_-.*" for letter in pattern) else json.dumps(pattern)


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
        f"  {each.name}: {'off' if each.stack.optional else 'on'} # {_description(each)}"
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


def _description(blueprint: Blueprint) -> str:
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
            yield from ("", f"  # {blueprint.name}: {_description(blueprint)}.")
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
