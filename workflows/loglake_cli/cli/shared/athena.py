"""A statement of ``loglake query`` over a deployment: asks first if it may cost too much, and runs it in Athena."""

from __future__ import annotations

from functools import partial
from math import inf

import typer

from athena_duckdb.query.athena import QueryResult
from loglake_cli.cli.shared.arguments import agreed
from loglake_cli.cli.shared.errors import warn
from loglake_cli.operations.athena import run


def in_athena(
    prefix: str, statement: str, *, reuse_minutes: int, max_cost: float, rows: int | None
) -> tuple[QueryResult, str]:
    """Runs a statement in the workgroup of a deployment.

    Args:
        prefix: of the deployment.
        statement: in Athena's SQL.
        reuse_minutes: how old a result may be that is taken instead of a new one.
        max_cost: USD from which a person is asked; infinity asks nothing.
        rows: how many are read at the most; None is all.

    Returns:
        The answer, and a line that says what it scanned and cost.

    Raises:
        ConfigError: there is no workgroup, or the query fails.
        typer.Exit: a person said no.
    """
    check = partial(_check_cost, max_cost=max_cost) if max_cost < inf else None
    ran = run.ask(prefix, statement, check, reuse_minutes=reuse_minutes, rows=rows)
    return ran.result, ran.line()


def _check_cost(most: int | None, max_cost: float) -> None:
    """Asks if a query may cost more than it should; nobody there to answer is a no."""
    if most is not None and run.cost_usd(most) <= max_cost:
        return
    what = "It can't be said how much the query scans."
    if most is not None:
        what = f"The query may scan up to {most / 1e9:,.2f} GB, for {run.cost_usd(most):,.2f} USD."
    if agreed(f"{what} Run it?", err=True):
        return
    warn(["nothing was run: narrow the query, such as with WHERE dt = '2026-11-21', or raise --max-cost."])
    raise typer.Exit(3)
