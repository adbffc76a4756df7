"""A deployment's use as text and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from loglake.core.units import format_instant
from loglake_cli.operations.cost.actual import Usage
from loglake_cli.operations.cost.assumptions import PRICES
from loglake_cli.operations.cost.text import usd
from loglake_cli.wording import counted

WORKFLOW_COLUMNS = ("workflow", "runs", "did nothing", "DPU-hours", "USD")
GROUP_COLUMNS = ("log group", "windows", "GB", "rows", "USD", "USD a GB")
PART_COLUMNS = ("part", "USD", "how")

_RUN_DAYS, _QUERY_DAYS = 90, 45
"""How long Glue keeps job runs, and Athena a workgroup's queries."""


def part_rows(found: Usage) -> list[list[str]]:
    """The parts, and their sum, as a table."""
    shown = [[part.name, usd(part.usd), part.how] for part in found.parts]
    return [*shown, ["all", usd(found.usd), f"{usd(found.usd_a_month)} USD for 30 days"]]


def workflow_rows(found: Usage) -> list[list[str]]:
    """The use of each workflow's runs, as a table."""
    return [
        [each.name, f"{each.runs:,}", f"{each.idle_runs:,}", f"{each.dpu_hours:,.2f}", usd(each.usd)]
        for each in found.workflows
    ]


def group_rows(found: Usage) -> list[list[str]]:
    """The cost of each log group, as a table."""
    return [
        [
            each.log_group,
            f"{each.done.windows:,}",
            f"{each.gb:,.3f}",
            f"{each.done.rows:,}",
            usd(each.usd),
            "" if each.usd_per_gb is None else usd(each.usd_per_gb),
        ]
        for each in found.groups
    ]


def notes(found: Usage) -> list[str]:
    """The caveats of the numbers."""
    idle, known = found.idle
    said = [
        f"Since {format_instant(found.from_ms)}. Prices of us-east-1; docs/aws/cost.md has them, and what is not here."
    ]
    if known:
        said.append(
            f"{idle:,} of {counted(known, 'job run')} did nothing ({idle / known:.0%}): {usd(found.idle_usd)} USD. "
            "They are part of no log group's cost."
        )
    if found.usd_per_gb is not None:
        gb = sum(group.gb for group in found.groups)
        said.append(f"{usd(found.usd_per_gb)} USD a GB: {gb:,.3f} GB of text came into the tables.")
    if found.at_most:
        said.append(
            f"Glue does not say the DPU of {counted(found.at_most, 'run')}: these are counted as if all were used."
        )
    if found.days > _RUN_DAYS:
        said.append(f"Glue keeps job runs for about {_RUN_DAYS} days: older ones are missing.")
    if found.days > _QUERY_DAYS and any(part.name == "Athena scans" for part in found.parts):
        said.append(f"Athena keeps queries for {_QUERY_DAYS} days: older ones are missing.")
    return [*said, *(f"Not known: {what}. {why}" for what, why in found.unknown)]


def document(found: Usage) -> dict[str, Any]:
    """All of it as one JSON-ready document."""
    idle, known = found.idle
    return {
        "kind": "actual",
        "region": "us-east-1",
        "days": found.days,
        "from": format_instant(found.from_ms),
        "parts": [asdict(part) for part in found.parts],
        "usd": found.usd,
        "usd_a_month": found.usd_a_month,
        "usd_per_gb": found.usd_per_gb,
        "workflows": [asdict(each) for each in found.workflows],
        "idle": {"runs": idle, "of": known, "share": idle / known if known else None, "usd": found.idle_usd},
        "log_groups": [
            {
                "log_group": each.log_group,
                "windows": each.done.windows,
                "gb": each.gb,
                "rows": each.done.rows,
                "usd": each.usd,
                "usd_per_gb": each.usd_per_gb,
            }
            for each in found.groups
        ],
        "unknown": [{"what": what, "why": why} for what, why in found.unknown],
        "notes": notes(found),
        "assumptions": {name: asdict(each) for name, each in PRICES.items()},
    }
