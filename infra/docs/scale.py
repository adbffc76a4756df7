"""Writes docs/understand/scale.md: which limits bind first as log groups and volume grow.

The arithmetic is `infra.docs.loads`: ``make docs`` writes the page, and a test fails if it is stale.
"""

from __future__ import annotations

from pathlib import Path

from infra.docs.loads import AT_ONCE, GB_OF_A_GROUP, GROUPS, REQUEST_S, Load, load_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "understand" / "scale.md"
_WORDS = Path(__file__).with_name("scale_words.md")
_HEAD = "<!-- Written by `make docs` from infra/docs/scale_words.md and infra.docs.loads. -->"


def _number(value: float) -> str:
    if value < 0.1:
        return "< 0.1"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _row(load: Load) -> str:
    exported = "does not fit" if load.exported_usd is None else f"{load.exported_usd:,.0f}"
    cells = [
        f"{load.groups:,}",
        _number(load.gb_per_day),
        f"{load.slot_share:.0%}" if load.slot_share < 10 else f"{load.slot_share:,.0f} x",
        _number(load.firehose_mb_s),
        _number(load.dpu),
        _number(load.commit_s),
        _number(load.write_units_s),
        _number(load.puts_s),
        exported,
        f"{load.landed_usd:,.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def render() -> str:
    """The page, as Markdown."""
    columns = ["log groups", "GB a day", "export slot", "Firehose MB/s", "DPU", "commits of a run, s"]
    columns += ["ledger writes/s", "S3 writes/s", "USD exported", "USD landed"]
    head = [f"| {' | '.join(columns)} |", f"{'|--:' * len(columns)}|"]
    table = "\n".join([*head, *(_row(load_of(groups)) for groups in GROUPS)])
    words = _WORDS.read_text("utf-8")
    for name, value in {
        "table": table,
        "gb": f"{GB_OF_A_GROUP:g}",
        "request_ms": f"{REQUEST_S * 1000:.0f}",
        "at_once": str(AT_ONCE),
    }.items():
        words = words.replace(f"{{{name}}}", value)
    return f"{_HEAD}\n\n{words}"
