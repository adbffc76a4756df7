"""A datasets file for the log groups of an account, with a comment for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from loglake.core.schema.datasets import Dataset
from loglake.core.schema.format_choice import AUTO
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
            "    ingest: export",
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
