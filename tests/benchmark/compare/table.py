"""The results as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TARGETS = {
    "loglake / duckdb, seconds_total": ("<=", 0.9),
    "spark_sql / loglake_spark, seconds_job": (">=", 6.0),
    "spark_sql / loglake_spark, seconds_total": (">=", 3.0),
}
KERNEL_TARGET = 0.6
REDACTION_TARGET = 1.3
"""The most processor time with all patterns of `redact` and 1 % of events with a value, as a share of that without."""

FORMAT_TARGETS = {
    "json_flat": 0.82, "json_nested": 1.1, "spring": 1.1, "python_logging": 1.0, "nginx": 0.62, "vpc_flow": 0.66,
}  # fmt: skip
"""The most processor time that one core of loglake may take for a format, as a share of DuckDB's."""


def lines(results: dict[str, Any]) -> Iterator[str]:
    """All tables, and the targets with whether they are met."""
    yield ""
    given = results["input"]
    yield f"{given['bytes'] / 1e6:,.0f} MB of text in {given['objects']} objects; best round of each"
    yield from _contenders(results["contenders"])
    yield ""
    for kind in results["kinds"].values():
        yield f"{kind['title']}: {kind['bytes'] / 1e6:,.0f} MB of text"
        yield from _contenders(kind["contenders"])
        yield ""
    for name, ratio in results["one_core"].items():
        yield f"{f'loglake / duckdb, one core, {name}':48}{ratio:7.2f}{_met(ratio, '<=', FORMAT_TARGETS[name])}"
    for title, ratio in results["ratios"].items():
        yield f"{title:48}{ratio:7.2f}{_met(ratio, *TARGETS[title]) if title in TARGETS else ''}"
    share = results["kernel_mb_s"] / results["limit_mb_s"]
    speeds = f"kernel {results['kernel_mb_s']:.0f} MB/s, limit {results['limit_mb_s']:.0f} MB/s on one core"
    yield f"{speeds:48}{share:7.2f}{_met(share, '>=', KERNEL_TARGET)}"
    ratio = results["redaction_ratio"]
    yield f"{'kernel with redact / without, on one core':48}{ratio:7.2f}{_met(ratio, '<=', REDACTION_TARGET)}"
    machine = results["machine"]
    yield (
        f"{machine['cores']} cores, {machine['memory_gb']} GB; load average {machine['load_before']:.1f} before and "
        f"{machine['load_after']:.1f} after: more than what runs here itself means that wall times are too long"
    )
    for death in results["died"]:
        yield f"DIED: {death}"


def _contenders(contenders: dict[str, Any]) -> Iterator[str]:
    heads = (("total s", 9), ("job s", 9), ("CPU s", 9), ("peak MB", 9), ("rows", 12), ("files", 7), ("MB out", 8))
    yield f"{'':24}{''.join(f'{head:>{width}}' for head, width in heads)}"
    for name, one in contenders.items():
        if "died" in one:
            yield f"{name:24}  died"
            continue
        yield (
            f"{name:24}{one['seconds_total']:9.2f}{one['seconds_job']:9.2f}{one['cpu_seconds']:9.2f}"
            f"{one['peak_rss_mb']:9.0f}{one['rows']:12,}{one['files']:7}{one['bytes_out'] / 1e6:8.1f}"
            f"{'  ' + one['lost'] if one.get('lost') else ''}"
        )


def _met(value: float, sign: str, target: float) -> str:
    met = value <= target if sign == "<=" else value >= target
    return f"   target {sign} {target:g}: {'met' if met else 'NOT MET'}"
