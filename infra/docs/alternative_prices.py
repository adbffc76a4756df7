"""The numbers that only the other ways to query CloudWatch Logs need, as those of `loglake cost` have theirs."""

from __future__ import annotations

from collections.abc import Mapping
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
)

PRICES: Mapping[str, Assumption] = MappingProxyType(
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
"""What AWS bills for them."""

NEEDS: Mapping[str, Assumption] = MappingProxyType(
    {
        "archive_share": from_memory(0.15, "compressed GB in CloudWatch Logs for a GB of text", WATCH_PAGE),
        "tables_files": guess(500, "files that Firehose writes for an S3 table and day: buffers of minutes"),
    }
)
"""What they need."""

COMPARED: Mapping[str, Assumption] = MappingProxyType({**ASSUMPTIONS, **PRICES, **NEEDS})
"""All numbers of the comparison, by name."""
