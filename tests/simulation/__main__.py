"""`make simulate`, or ``PYTHONPATH=tests python -m simulation``: a year of an account, on a virtual clock.

Exit status 0 if everything came into the table as it should, 1 if something did not, 2 for bad usage.
``--cases`` instead simulates thousands of log groups and years of history, and ``--capacity`` several
numbers of log groups for a month each, and reports the load of the slot.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from simulation import capacity
from simulation.account import Account, Scenario
from simulation.many_groups import cases, pictures
from simulation.report import Report

_MOST_REPORTED = 20
_LONG = 30
"""Days from which on there is time for two outages of three."""
_FEW_GROUPS, _OFTEN, _SELDOM = 50, 5, 28
"""A look at many log groups takes a while: so the oracle looks each so many days."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the simulation that the arguments choose."""
    options = _parser().parse_args(arguments)
    if options.cases:
        return _cases(options.cases, options.scale, options.results)
    if options.capacity:
        for final_pass in ("always", "never"):
            print(f"\nfinal_pass: {final_pass}\n", flush=True)
            for line in capacity.table(list(capacity.loads(final_pass, seed=options.seed))):
                print(line, flush=True)
        return 0
    scenario = replace(
        year(options.groups, options.days, options.seed),
        retention_days=options.retention,
        late_days=options.backlog_days,
        look_days=_OFTEN if options.groups // options.scale <= _FEW_GROUPS else _SELDOM,
    )
    account = Account(scenario.scaled(options.scale))
    for _ in _shown(account.days(), scenario.days):
        pass
    report = Report(account)
    for line in report.lines():
        print(line, flush=True)
    return _check(account)


def year(groups: int, days: int, seed: int) -> Scenario:
    """The scenario: two outages, a deleted group, somebody else's export every night. A short one has no outages."""
    outages = (days * 3 // 10, days * 7 // 10) if days >= _LONG else ()
    return Scenario(groups, days, seed, outages, deleted_on=days // 2)


def _cases(name: str, scale: int, results: Path) -> int:
    """Simulates all cases or the one with a name, and prints all that were simulated so far, at any time."""
    kept = {each["name"]: each for each in json.loads(results.read_text())} if results.exists() else {}
    for case in cases.CASES:
        if name in {case.name, "all"}:
            begun = time.monotonic()
            kept[case.name] = asdict(cases.CaseAccount(replace(case, scale=scale)).outcome())
            print(f"{case.name}: {time.monotonic() - begun:,.0f} s", file=sys.stderr, flush=True)
            results.parent.mkdir(parents=True, exist_ok=True)
            results.write_text(json.dumps(list(kept.values()), indent=1))
    outcomes = [cases.Outcome(**{**each, "lag": tuple(each["lag"])}) for each in kept.values()]
    print("\n".join(cases.table(outcomes)), flush=True)
    for path in pictures.draw(outcomes, results.parent):
        print(f"picture: {path}")
    return 0


def _shown(days: Iterator[int], number: int) -> Iterable[int]:
    """Shows the progress and the time left on a terminal; standard output is for the report."""
    columns = (TextColumn("day {task.completed} of {task.total}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(days, number)


def _check(account: Account) -> int:
    checks = account.checks
    faults = checks.faults()
    for fault in faults[:_MOST_REPORTED]:
        print(f"NOT RIGHT: {fault}", file=sys.stderr)
    print(
        f"{'complete' if not faults else f'{len(faults):,} faults'}: {checks.events:,} events in the table, "
        f"{checks.late:,} of them late; {checks.oracle.demanded:,} demands of hours"
    )
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m simulation", description="Simulates a year of an account.")
    parser.add_argument("--groups", type=_number, default=500, help="log groups (500)")
    parser.add_argument("--days", type=_number, default=365, help="how long (365)")
    parser.add_argument("--seed", type=int, default=4, help="of everything random (4)")
    parser.add_argument("--scale", type=_number, default=1, help="so many times fewer groups, with longer tasks (1)")
    parser.add_argument("--retention", type=_number, default=90, help="days that each third group keeps events (90)")
    parser.add_argument("--backlog-days", type=float, default=20, help="how late may be what waits at the end (20)")
    parser.add_argument("--cases", metavar="NAME", help="thousands of log groups and years of history: all, or one")
    parser.add_argument("--results", type=Path, default=Path(".loglake/cases.json"), help="where cases are kept")
    parser.add_argument("--capacity", action="store_true", help="how many log groups the slot can keep up with")
    return parser


def _number(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a number from 1 on, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
