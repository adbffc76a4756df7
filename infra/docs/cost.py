"""Writes docs/cost.md: what a deployment costs a month, and what changes that.

The arithmetic is `loglake_cli.operations.cost`: ``make docs`` writes the page, and a test fails where it is stale.
"""

from __future__ import annotations

from pathlib import Path

from loglake_cli.operations.cost import ASSUMPTIONS, HOURLY, LANDING_ALL_DAY, LEVERS, Workload, estimate, total

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cost.md"

_INTRO = """\
<!-- Written by `make docs` from workflows/loglake_cli/operations/cost.py. Change it, not this page. -->

# What it costs

An estimate for a month of 30 days in us-east-1, without tax and free tier. **Nothing of it was measured on AWS**: the
assumptions are at the end, each with its source. Look prices up again before you rely on them. What CloudWatch Logs,
Firehose and Athena bill for the logs themselves is not here.
"""

_ON_LANDING = """\
Each landing run writes the current hour of its log groups again, so the window decides what landing costs.
`LandingBatchWindowSeconds` is 900 by default, which is also the most that Glue takes. More than {batch} objects within
the window start a run before its end: let Firehose buffer for 15 minutes, so that fewer and larger objects land.
"""

_ON_LEVERS = """\
## Levers

Each line changes one thing of an estimate above.
"""

_MORE_LEVERS = """\
More levers, which this estimate does not show:

- **Raw objects.** `RawTransitionDays` and `RawTransitionClass` move them to STANDARD_IA (0.0125 USD a GB and month) or
  GLACIER_IR (0.004 USD), `RawExpiryDays` deletes them. S3 leaves objects of less than 128 KB in S3 Standard.
- **`ConvertWorkers`** is the most that convert-logs may use. Glue bills the workers that are there, so a lower number
  makes a backfill slower and not cheaper.
- **`final_pass: never`** of a dataset saves one export of each day, and loses events that come more than a day late.
- **A security configuration with KMS keys** adds a key for 1 USD a month, and its requests.
"""

_MEASURE = """\
## What it really costs

`aws glue get-job-runs --job-name loglake-convert-logs` has `DPUSeconds` of each run, and `aws glue list-crawls` has
`DPUHour` of each crawl. Replace the assumptions that were not measured by what you find there.
"""


def _bill(title: str, words: str, workload: Workload) -> str:
    parts = estimate(workload)
    lines = [f"| {part.name} | {part.usd:.2f} | {part.how} |" for part in parts]
    rows = ["| | USD | |", "|---|--:|---|", *lines, f"| **all** | **{total(parts):.2f}** | |"]
    return "\n".join([f"## {title}\n", f"{words}\n", *rows, ""])


def _levers() -> str:
    rows = [
        f"| {words} | {how} | {total(estimate(before)):.0f} | {total(estimate(after)):.0f} |"
        for words, how, before, after in LEVERS
    ]
    return "\n".join(
        [_ON_LEVERS, "| | parameter | USD before | USD then |", "|---|---|--:|--:|", *rows, "", _MORE_LEVERS]
    )


def _assumptions() -> str:
    rows = [f"| {each.value:g} | {each.unit} | {each.source} | {each.noted_on} |" for each in ASSUMPTIONS.values()]
    return "\n".join(["## Assumptions\n", "| | | source | of |", "|--:|---|---|---|", *rows, ""])


def render() -> str:
    """The page, as Markdown."""
    hourly = (
        f"{HOURLY.log_groups} small log groups, exported each hour. A crawl runs when a table or a column is missing, "
        f"{HOURLY.crawls} times a month."
    )
    landing = (
        f"Objects of {LANDING_ALL_DAY.landed_groups} small log groups that are landed all day, "
        f"{LANDING_ALL_DAY.landed_objects_a_day:,} a day; nothing is exported."
    )
    return "\n".join(
        [
            _INTRO,
            _bill("An hourly schedule", hourly, HOURLY),
            _bill("Landing all day", landing, LANDING_ALL_DAY),
            _ON_LANDING.format(batch=100),
            _levers(),
            _MEASURE,
            _assumptions(),
        ]
    )


def main() -> None:
    """Writes the page."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
