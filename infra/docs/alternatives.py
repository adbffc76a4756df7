"""Other ways to query CloudWatch Logs, and their cost for the same logs and queries; pure.

The comparison leaves out what CloudWatch Logs bills for ingestion, which all of them need.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from loglake_cli.operations.cost.assumptions import (
    ASSUMPTIONS,
    FIREHOSE_PAGE,
    S3_PAGE,
    WATCH_LOGS,
    WATCH_PAGE,
    Assumption,
    from_memory,
    guess,
    values,
)
from loglake_cli.operations.cost.estimate import Part, estimate, scan_usd, total
from loglake_cli.operations.cost.workload import DAYS, EVENT_MINUTES, HOURLY, LANDING_ALL_DAY, Workload, exported

GB_PER_DAY = (1, 10, 100)
"""The volumes that are compared."""

QUERIES_PER_DAY = 20
"""Each asks about one day's events of all log groups, …"""

READ_SHARE = 0.3
"""… and reads so much of a Parquet file: a few of its columns."""

KEPT_DAYS = 365
"""How long the events can be asked for. Raw objects of loglake are kept for `RAW_DAYS`."""

RAW_DAYS = 30

OTHER_PRICES: Mapping[str, Assumption] = MappingProxyType(
    {
        "log_storage_gb": Assumption(
            0.03, "USD for a compressed GB in CloudWatch Logs and month", WATCH_LOGS, "2026-06"
        ),
        "insights_gb": Assumption(0.005, "USD for a GB that Logs Insights scans", WATCH_LOGS, "2026-06"),
        "decompress_gb": from_memory(0.00325, "USD for a GB that Firehose decompresses", FIREHOSE_PAGE),
        "format_gb": from_memory(0.018, "USD for a GB that Firehose converts to Parquet", FIREHOSE_PAGE),
        "iceberg_gb": Assumption(
            0.075,
            "USD for a GB that Firehose delivers to Iceberg or S3 Tables",
            "hashnode, Cost-efficient event ingestion into Iceberg S3 Tables",
        ),
        "managed_tables_gb": Assumption(
            0,
            "USD for a GB that CloudWatch's S3 Tables integration keeps and maintains",
            "aws.amazon.com/blogs/storage, S3 access logs with CloudWatch and S3 Tables",
            noted_on="2026-11-30",
        ),
        "tables_storage_gb": from_memory(0.0265, "USD for a GB in S3 Tables and month", S3_PAGE),
        "tables_objects": from_memory(0.025, "USD for 1,000 objects that S3 Tables watches, and month", S3_PAGE),
        "tables_compact_gb": from_memory(0.005, "USD for a GB that S3 Tables compacts", S3_PAGE),
        "tables_compact_objects": from_memory(0.002, "USD for 1,000 objects that S3 Tables compacts", S3_PAGE),
    }
)
"""What AWS bills for the other ways alone."""

OTHER_NEEDS: Mapping[str, Assumption] = MappingProxyType(
    {
        "archive_share": from_memory(0.15, "compressed GB in CloudWatch Logs for a GB of text", WATCH_PAGE),
        "tables_files": guess(500, "files that Firehose writes for an S3 table and day: buffers of minutes"),
    }
)
"""What they need."""

COMPARED: Mapping[str, Assumption] = MappingProxyType({**ASSUMPTIONS, **OTHER_PRICES, **OTHER_NEEDS})
"""All numbers of the comparison, by name."""


@dataclass(frozen=True)
class Alternative:
    """A way to ask about logs.

    Attributes:
        fits: whether so much can be brought in that way.
        lacks: what it can't do, or what somebody has to do for it, in a few sentences.
    """

    name: str
    parts: tuple[Part, ...]
    lacks: str
    fits: bool = True

    @property
    def usd(self) -> float:
        """USD a month."""
        return total(self.parts)


def alternatives(gb_per_day: float, assumptions: Mapping[str, Assumption] = COMPARED) -> tuple[Alternative, ...]:
    """Each way, for ten log groups with so many GB of text a day, in the twelfth month."""
    a = values(assumptions)
    reading = by_export(gb_per_day, a, "read")
    return (
        Alternative(
            "loglake, export by tasks",
            estimate(by_export(gb_per_day, a, "export"), assumptions),
            "An event is there one to two hours after its hour at the earliest. Tasks go one by one, so from 40 log "
            "groups on they wait for each other.",
        ),
        Alternative(
            "loglake, export by reading",
            estimate(reading, assumptions),
            "An event is there a quarter of an hour after its hour at the earliest. CloudWatch allows few requests, so "
            "large log groups don't fit: `ingest: auto` takes tasks for those.",
            fits=not exported(reading, a).is_too_much,
        ),
        *(
            Alternative(
                f"loglake, landing by Firehose, each {minutes} minutes",
                estimate(landed(gb_per_day, a, minutes), assumptions),
                lacks,
            )
            for minutes, lacks in (
                (5, "Each run writes its hour again: twelve times, and once more when the day settles."),
                (30, "A filter delivers what comes after it was made, and no history: export what was before."),
                (60, "An event is there after an hour and a quarter at the latest."),
            )
        ),
        Alternative(
            "Firehose, converts to Parquet",
            _converting(gb_per_day, a),
            "Events must be JSON (record format conversion), and somebody writes their schema into the catalog; a "
            "field that is not in it is lost. No plain text, no stack traces, no history. A late event is in the "
            "partition of its delivery. The buffer decides how many small files there are.",
        ),
        Alternative(
            "Firehose to S3 Tables",
            _tables(gb_per_day, a),
            "Events must be JSON, only the first level of nested fields becomes columns, and somebody makes the "
            "tables first. No history. Compaction is done for you.",
        ),
        Alternative(
            "CloudWatch's S3 Tables integration",
            _managed_tables(gb_per_day, a),
            "It brings in what comes after it was turned on, and no history. A table is of a data source and its type, "
            "in a bucket that AWS manages. For the text of your own applications somebody declares what to parse.",
        ),
        Alternative(
            "CloudWatch Logs Insights",
            _insights(gb_per_day, a),
            "Nothing to run, and an event is there in seconds. Each question is paid for by the GB that it scans, "
            "also those of a dashboard. An answer has 100,000 rows at most, and no other tool reads the logs.",
        ),
    )


def by_export(gb_per_day: float, a: Mapping[str, float], ingest: str) -> Workload:
    """The workload of ten exported log groups."""
    return replace(
        HOURLY,
        gb_per_day=gb_per_day,
        ingest=ingest,
        raw_days=RAW_DAYS,
        lake_days=KEPT_DAYS,
        queries_per_day=QUERIES_PER_DAY,
        gb_per_query=_scanned_gb(gb_per_day, a),
    )


def landed(gb_per_day: float, a: Mapping[str, float], minutes: int) -> Workload:
    """The workload of ten log groups that Firehose delivers, with a look each so many minutes."""
    return replace(
        LANDING_ALL_DAY,
        landing_looks=True,
        landing_minutes=minutes,
        landed_gb_per_day=gb_per_day,
        landed_objects_a_day=24 * 60 // min(minutes, EVENT_MINUTES),
        streaming=True,
        raw_days=RAW_DAYS,
        lake_days=KEPT_DAYS,
        queries_per_day=QUERIES_PER_DAY,
        gb_per_query=_scanned_gb(gb_per_day, a),
    )


def _scanned_gb(gb_per_day: float, a: Mapping[str, float]) -> float:
    return gb_per_day * a["lake_share"] * READ_SHARE


def _taken_in(gb_per_day: float, a: Mapping[str, float]) -> Part:
    gb = gb_per_day * a["gzip_share"] * DAYS
    return Part("Firehose", gb * a["firehose_gb"], f"{gb:,.1f} GB, compressed, x {a['firehose_gb']} USD")


def _decompressed(gb_per_day: float, a: Mapping[str, float]) -> Part:
    gb = gb_per_day * DAYS
    return Part("decompression", gb * a["decompress_gb"], f"{gb:,.0f} GB x {a['decompress_gb']} USD")


def _queries(gb_per_day: float, a: Mapping[str, float]) -> Part:
    queries, each = QUERIES_PER_DAY * DAYS, _scanned_gb(gb_per_day, a)
    return Part("Athena scans", scan_usd(queries, each, a), f"{queries:,} queries x {each:g} GB")


def _kept_gb(gb_per_day: float, share: float) -> float:
    return gb_per_day * share * HOURLY.kept_days(KEPT_DAYS)


def _converting(gb_per_day: float, a: Mapping[str, float]) -> tuple[Part, ...]:
    gb, stored = gb_per_day * DAYS, _kept_gb(gb_per_day, a["lake_share"])
    return (
        _taken_in(gb_per_day, a),
        _decompressed(gb_per_day, a),
        Part("conversion", gb * a["format_gb"], f"{gb:,.0f} GB x {a['format_gb']} USD"),
        Part("S3 storage", stored * a["storage_gb"], f"{stored:,.0f} GB x {a['storage_gb']} USD"),
        _queries(gb_per_day, a),
    )


def _tables(gb_per_day: float, a: Mapping[str, float]) -> tuple[Part, ...]:
    gb, stored = gb_per_day * DAYS, _kept_gb(gb_per_day, a["lake_share"])
    files = a["tables_files"] * DAYS
    compacted = gb * a["lake_share"] * a["tables_compact_gb"] + files / 1000 * a["tables_compact_objects"]
    return (
        _decompressed(gb_per_day, a),
        Part("Firehose to Iceberg", gb * a["iceberg_gb"], f"{gb:,.0f} GB x {a['iceberg_gb']} USD"),
        Part("S3 Tables storage", stored * a["tables_storage_gb"], f"{stored:,.0f} GB x {a['tables_storage_gb']} USD"),
        Part("monitoring of objects", files / 1000 * a["tables_objects"], f"{files:,.0f} objects"),
        Part("compaction", compacted, f"{gb * a['lake_share']:,.0f} GB in {files:,.0f} objects"),
        _queries(gb_per_day, a),
    )


def _managed_tables(gb_per_day: float, a: Mapping[str, float]) -> tuple[Part, ...]:
    stored = _kept_gb(gb_per_day, a["lake_share"])
    how = f"{stored:,.0f} GB x {a['managed_tables_gb']:g} USD"
    return (Part("storage and maintenance", stored * a["managed_tables_gb"], how), _queries(gb_per_day, a))


def _insights(gb_per_day: float, a: Mapping[str, float]) -> tuple[Part, ...]:
    scanned, kept = QUERIES_PER_DAY * DAYS * gb_per_day, _kept_gb(gb_per_day, a["archive_share"])
    return (
        Part("queries", scanned * a["insights_gb"], f"{scanned:,.0f} GB scanned x {a['insights_gb']} USD"),
        Part("kept logs", kept * a["log_storage_gb"], f"{kept:,.0f} GB x {a['log_storage_gb']} USD"),
    )
