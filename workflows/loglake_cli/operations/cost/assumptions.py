"""The numbers of the estimates, each with its source: prices of us-east-1 in USD, and the needs of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Assumption:
    """A number that the estimate is made with.

    Attributes:
        value: in `unit`.
        source: the page that has it, or how it was found.
        source_date: of when the source is, as it says itself; empty if it says nothing.
        confirmed: whether the number was read in that source; False if it is from memory, or a guess.
        noted_on: when it was written down here, as YYYY-MM-DD.
    """

    value: float
    unit: str
    source: str
    source_date: str = ""
    confirmed: bool = True
    noted_on: str = "2026-11-26"


def from_memory(value: float, unit: str, source: str) -> Assumption:
    """A price that no readable page shows: look it up there before you rely on it."""
    return Assumption(value, unit, source, confirmed=False)


def guess(value: float, unit: str, why: str = "not measured on AWS") -> Assumption:
    """A number that nobody measured."""
    return Assumption(value, unit, why, confirmed=False)


_SLOT = "docs/understand/export-slot.md, simulated"
_LEDGER = "`make bench-scale PARTS=ledger`: 2,000 hourly log groups for a year"
_COUNTED = "`make bench-scale PARTS=requests`: a window by task"
_GLUE = "awsnegotiations.com/glue-job-cost-optimization.html"
WATCH_LOGS = "c3x.dev/blog/cloudwatch-logs-cost-optimization"
_S3 = "devnotes.tech, Understanding AWS S3 pricing"
_DYNAMO = "airbyte.com/data-engineering-resources/dynamodb-pricing"
_DYNAMO_PAGE, FIREHOSE_PAGE = "aws.amazon.com/dynamodb/pricing", "aws.amazon.com/firehose/pricing"
S3_PAGE, WATCH_PAGE = "aws.amazon.com/s3/pricing", "aws.amazon.com/cloudwatch/pricing"
_ATHENA, _GUARD = "athena.guide, Pricing model", "athena-cost-guard, README"

PRICES: Mapping[str, Assumption] = MappingProxyType(
    {
        "dpu_hour": Assumption(0.44, "USD for a DPU for an hour", _GLUE, "2026-05"),
        "flex_dpu_hour": Assumption(
            0.29,
            "USD for a DPU for an hour of a FLEX run: 34 % less",
            "oneuptime.com, Glue Flex execution",
            "2026-02-12",
        ),
        "job_minimum": Assumption(
            60,
            "seconds that a job run is billed at least (read for Spark; of Python shell from memory)",
            _GLUE,
            "2026-05",
        ),
        "crawl_minutes": Assumption(10, "minutes that a crawl is billed at least", _GLUE, "2026-05"),
        "export_gb": from_memory(0, "USD for a GB that CreateExportTask exports", WATCH_PAGE),
        "metric": Assumption(
            0.30, "USD for a custom metric and month", "signoz.io/guides/cloudwatch-pricing", "2026-02-15"
        ),
        "alarm": Assumption(
            0.10,
            "USD for a metric that an alarm watches, and month",
            "an AWS blog on high-resolution alarms",
        ),
        "dashboard": Assumption(
            3, "USD for a dashboard and month", "factualminds.com, Amazon CloudWatch pricing", "2026-06-13"
        ),
        "log_gb": Assumption(0.50, "USD for a GB that is written to CloudWatch Logs", WATCH_LOGS, "2026-06"),
        "put": Assumption(0.005, "USD for 1,000 PUT, COPY or LIST requests", _S3),
        "get": Assumption(0.0004, "USD for 1,000 GET requests", _S3),
        "storage_gb": Assumption(0.023, "USD for a GB in S3 Standard and month", _S3),
        "write_unit": Assumption(0.625, "USD for a million write request units", _DYNAMO, "2025-07-21"),
        "read_unit": Assumption(0.125, "USD for a million read request units", _DYNAMO, "2025-07-21"),
        "ledger_gb": Assumption(0.25, "USD for a GB in DynamoDB and month", _DYNAMO_PAGE),
        "recovery_gb": Assumption(
            0.20,
            "USD for a GB of point-in-time recovery and month",
            "finops.com.py/services/dynamodb/backups",
            noted_on="2026-12-01",
        ),
        "scan_tb": Assumption(5, "USD for a TB that Athena scans", _GUARD),
        "scan_minimum_mb": Assumption(10, "MB that a query of Athena is billed at least", _ATHENA, "2020-10-15"),
        "key": Assumption(1, "USD for a KMS key and month", "aws.amazon.com/kms/pricing"),
        "key_requests": Assumption(0.03, "USD for 10,000 requests to KMS", "wring.co/blog/aws-kms-pricing-guide"),
        "event": Assumption(
            1.00,
            "USD for a million events of S3 that EventBridge takes in",
            "optInDataEventPerEvent of us-east-1, in a public program that fills in AWS's calculator; that S3's events "
            "are such is in aws.amazon.com/eventbridge/pricing",
            noted_on="2026-12-01",
        ),
        "sqs": Assumption(
            0.40,
            "USD for a million requests to SQS",
            "cloudburn.io/blog/amazon-sqs-pricing",
            "2026-03-14",
            noted_on="2026-12-01",
        ),
        "firehose_gb": from_memory(0.029, "USD for a GB that Firehose takes in (compressed)", FIREHOSE_PAGE),
    }
)
"""What AWS bills. None is from a price list of AWS itself: such pages show their tables only to a browser."""

NEEDS: Mapping[str, Assumption] = MappingProxyType(
    {
        "glue_seconds": guess(
            45,
            "seconds that a run of convert-logs is billed for before its script begins, and until workers are there",
            "three public records of runs that do nothing have 24 to 32 s on Glue 3.0 and 4.0; Python packages take "
            "about 10: 3 in a public log, 6 to pack and unpack pyarrow here",
        ),
        "start_seconds": Assumption(
            7,
            "seconds of convert-logs itself for one small window, a request of 20 ms each included",
            "`make bench-scale PARTS=start`: 5.3 on two cores that had little else to do",
            noted_on="2026-12-01",
        ),
        "convert_dpu": guess(2, "DPU of convert-logs: two G.1X workers, one is the driver"),
        "convert_mb_s": guess(
            72,
            "MB of text that a DPU converts in a second",
            "tests/benchmark/bench_kernel.py: 72 MB/s a core, of two cores half for S3 and Spark; not measured on Glue",
        ),
        "shell_dpu": Assumption(
            0.0625, "DPU of export-logs and of look-landing", "workflows/log_lake.yaml, MaxCapacity"
        ),
        "task_seconds": Assumption(79, "seconds of an export task, with the pause after it", _SLOT),
        "pages_s": Assumption(
            3,
            "pages that export-logs reads in a second; 2 in Regions that allow no more",
            "`make bench-read`: full pages, a quarter of a core",
            noted_on="2026-12-01",
        ),
        "passes": Assumption(2, "exports of each day after the fresh ones: settled and final", _SLOT),
        "crawl_dpu": guess(2, "DPU of the crawler"),
        "crawl_files_s": guess(50, "files that a crawl reads in a second"),
        "job_log_mb": guess(1, "MB that a run of convert-logs logs; an export run a tenth"),
        "window_puts": Assumption(2, "PUT, COPY and LIST requests for a window that shares its files", _COUNTED),
        "window_gets": Assumption(3, "GET requests for a window", _COUNTED),
        "window_writes": Assumption(
            24,
            "write request units for a window: 4 writes of 2 KB, two of them in transactions",
            _COUNTED,
        ),
        "window_item_kb": Assumption(0.7, "KB of a window's item in the ledger", _LEDGER, noted_on="2026-12-01"),
        "ledger_days": Assumption(
            5,
            "days of windows with items of their own: replaced hours for some days, days until their month closes",
            _LEDGER,
            noted_on="2026-12-01",
        ),
        "closed_window_kb": Assumption(
            0.15, "KB of a settled day in the ledger, once its month is closed", _LEDGER, noted_on="2026-12-01"
        ),
        "landed_requests": Assumption(
            1.2,
            "requests to SQS for a landed object: EventBridge sends it alone, runs take and delete ten at once",
            "workflows/log_lake.yaml, glue_jobs/loglake/aws/landing_queue.py",
            noted_on="2026-11-30",
        ),
        "run_requests": guess(100, "requests of each kind for a run, whatever it has to do"),
        "gzip_share": Assumption(0.18, "GB of gzip for a GB of text", "132 of 739 MB in a sample of 80 % JSON"),
        "lake_share": guess(
            0.20, "GB of Parquet for a GB of text, with the exact text in it", "not measured on a real lake"
        ),
        "kms_share": guess(
            0.01, "requests to KMS for one to S3, with bucket keys", "docs.aws.amazon.com: up to 99 % fewer"
        ),
    }
)
"""The needs of loglake's parts."""

ASSUMPTIONS: Mapping[str, Assumption] = MappingProxyType({**PRICES, **NEEDS})
"""All of them, by name."""


def values(assumptions: Mapping[str, Assumption] = ASSUMPTIONS) -> dict[str, float]:
    """The numbers alone, by name."""
    return {name: assumption.value for name, assumption in assumptions.items()}
