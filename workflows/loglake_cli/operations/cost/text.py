"""An estimate as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from loglake_cli.operations.cost.assumptions import ASSUMPTIONS, Assumption
from loglake_cli.operations.cost.estimate import Part, estimate, slot_is_full, total
from loglake_cli.operations.cost.workload import Workload

COLUMNS = ("part", "USD a month", "how")


def rows(parts: Sequence[Part]) -> list[list[str]]:
    """The parts that cost something, and the sum, as a table."""
    return [*[[part.name, usd(part.usd), part.how] for part in parts if part.usd], ["all", usd(total(parts)), ""]]


def usd(amount: float) -> str:
    """An amount, to the cent."""
    return f"{amount:,.2f}"


def notes(workload: Workload) -> list[str]:
    """The caveats of an estimate."""
    found = [
        "An estimate for us-east-1, without tax and free tier. What CloudWatch Logs bills for taking in and keeping "
        "the logs is not in it."
    ]
    if slot_is_full(workload):
        found.append(
            "The account's one export slot can't export these log groups hour by hour: windows get wider, and days "
            "come late. docs/understand/export-slot.md says more."
        )
    found.append(
        f"{len(unconfirmed())} of {len(ASSUMPTIONS)} assumptions are guesses, or prices that could not be looked up. "
        "docs/aws/cost.md lists them."
    )
    return found


def unconfirmed(assumptions: Mapping[str, Assumption] = ASSUMPTIONS) -> dict[str, Assumption]:
    """The assumptions that no source confirms."""
    return {name: each for name, each in assumptions.items() if not each.confirmed}


def document(workload: Workload) -> dict[str, Any]:
    """An estimate as one JSON-ready document."""
    parts = estimate(workload)
    return {
        "kind": "estimate",
        "region": "us-east-1",
        "workload": asdict(workload),
        "parts": [asdict(part) for part in parts],
        "usd_a_month": total(parts),
        "notes": notes(workload),
        "assumptions": {name: asdict(each) for name, each in ASSUMPTIONS.items()},
    }
