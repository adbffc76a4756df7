"""A deployment's use of Athena, S3, DynamoDB and CloudWatch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Callable

from loglake.core.run.outcome import DIMENSIONS, NAMESPACE
from loglake.core.units import MS_PER_DAY, EpochMs, from_ms, to_ms
from loglake_cli.deploy.calls import Clients, call, pages
from loglake_cli.operations.cost.estimate import Part
from loglake_cli.operations.cost.glue_usage import token_pages
from loglake_cli.operations.cost.workload import DAYS
from loglake_cli.wording import counted

_BUCKETS = ("raw", "lake", "control", "results")
_CLASSES = ("StandardStorage", "StandardIAStorage", "GlacierInstantRetrievalStorage", "IntelligentTieringFAStorage")
"""Storage types of S3's daily metric that loglake's buckets can have."""

_BATCH = 50
"""BatchGetQueryExecution, QueryExecutionIds: the most."""

Look = Callable[["Account"], Iterable[Part]]


@dataclass(frozen=True)
class Account:
    """The deployment and the time range to read.

    Attributes:
        client: makes the client of a service.
        prefix: of the deployment.
        names: ``<account>-<region>``, as buckets end.
        since_ms: when the time begins, …
        now_ms: … and ends.
        a: the prices.
    """

    client: Clients
    prefix: str
    names: str
    since_ms: EpochMs
    now_ms: EpochMs
    a: Mapping[str, float]

    @property
    def months(self) -> float:
        """The time range in months, for monthly prices."""
        return (self.now_ms - self.since_ms) / MS_PER_DAY / DAYS

    def statistics(
        self, namespace: str, metric: str, statistic: str, period_s: int, since_ms: int, **of: str
    ) -> list[Any]:
        """Datapoints of a metric, the oldest first."""
        answer = call(
            self.client("cloudwatch"),
            "get_metric_statistics",
            "*",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in of.items()],
            StartTime=from_ms(EpochMs(since_ms)),
            EndTime=from_ms(self.now_ms),
            Period=period_s,
            Statistics=[statistic],
        )
        return sorted(answer.get("Datapoints", []), key=lambda point: point["Timestamp"])


def athena(account: Account) -> list[Part]:
    """What queries of the workgroup scanned. There is none if the stack query is not deployed."""
    client, group = account.client("athena"), account.prefix
    groups = (each["Name"] for page in token_pages(client, "list_work_groups", group) for each in page["WorkGroups"])
    if group not in groups:
        return []
    queries = scanned = billed = 0
    for ids in _query_ids(client, group):
        found = call(client, "batch_get_query_execution", group, QueryExecutionIds=ids)["QueryExecutions"]
        mine = [one for one in found if to_ms(one["Status"]["SubmissionDateTime"]) >= account.since_ms]
        for one in mine:
            size = int(one.get("Statistics", {}).get("DataScannedInBytes", 0))
            queries, scanned = queries + 1, scanned + size
            billed += max(size, int(account.a["scan_minimum_mb"] * 1e6)) if size else 0
        if found and not mine:  # the newest come first
            break
    how = f"{counted(queries, 'query', 'queries')} scanned {scanned / 1e9:,.2f} GB"
    return [Part("Athena scans", billed / 1e12 * account.a["scan_tb"], how)]


def _query_ids(client: Any, group: str) -> Iterator[list[str]]:
    for page in pages(client, "list_query_executions", group, WorkGroup=group):
        ids = page.get("QueryExecutionIds", [])
        yield from (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))


def buckets(account: Account) -> Iterator[Part]:
    """How large the buckets are, by S3's daily metric; priced as S3 Standard."""
    for name in _BUCKETS:
        sizes = [_size(account, f"{account.prefix}-{name}-{account.names}", each) for each in _CLASSES]
        if any(size is not None for size in sizes):
            gb = sum(size or 0 for size in sizes) / 1e9
            usd = gb * account.a["storage_gb"] * account.months
            yield Part(f"S3 storage, {name}", usd, f"{gb:,.2f} GB, priced as S3 Standard")


def _size(account: Account, bucket: str, storage_type: str) -> float | None:
    since = account.now_ms - 3 * MS_PER_DAY
    points = account.statistics(
        "AWS/S3", "BucketSizeBytes", "Average", 86_400, since, BucketName=bucket, StorageType=storage_type
    )
    return float(points[-1]["Average"]) if points else None


def ledger(account: Account) -> list[Part]:
    """The request units of the ledger and its index."""
    table = {"TableName": f"{account.prefix}-ledger"}
    units = {"Write": 0.0, "Read": 0.0}
    for kind in units:
        for of in (table, {**table, "GlobalSecondaryIndexName": "pending"}):
            points = account.statistics(
                "AWS/DynamoDB", f"Consumed{kind}CapacityUnits", "Sum", 86_400, account.since_ms, **of
            )
            units[kind] += sum(float(point["Sum"]) for point in points)
    usd = (units["Write"] * account.a["write_unit"] + units["Read"] * account.a["read_unit"]) / 1e6
    return [Part("DynamoDB requests", usd, f"{units['Write']:,.0f} write and {units['Read']:,.0f} read units")]


def firehose(account: Account) -> list[Part]:
    """What the delivery stream of the stack streaming took in; nothing if there is none."""
    points = account.statistics(
        "AWS/Firehose",
        "IncomingBytes",
        "Sum",
        86_400,
        account.since_ms,
        DeliveryStreamName=f"{account.prefix}-landing",
    )
    if not points:
        return []
    gb = sum(float(point["Sum"]) for point in points) / 1e9
    return [Part("Firehose", gb * account.a["firehose_gb"], f"{gb:,.2f} GB, compressed, at a price from memory")]


def metrics(account: Account) -> list[Part]:
    """The custom metrics of the deployment that have data of the last two weeks."""
    name = DIMENSIONS[1]
    found = [
        metric
        for page in pages(account.client("cloudwatch"), "list_metrics", "*", Namespace=NAMESPACE)
        for metric in page.get("Metrics", [])
        if any(d["Name"] == name and d["Value"].startswith(f"{account.prefix}-") for d in metric.get("Dimensions", []))
    ]
    usd = len(found) * account.a["metric"] * account.months
    return [Part("metrics", usd, f"{len(found)} x {account.a['metric']:.2f} USD a month, if put in each hour")]


def alarms(account: Account) -> list[Part]:
    """The alarms whose names begin with the prefix. AWS bills each metric that an alarm watches."""
    found = [
        alarm
        for page in pages(account.client("cloudwatch"), "describe_alarms", "*", AlarmNamePrefix=f"{account.prefix}-")
        for alarm in page.get("MetricAlarms", [])
    ]
    watched = sum(watched_metrics(alarm) for alarm in found)
    usd = watched * account.a["alarm"] * account.months
    how = f"{counted(len(found), 'alarm')} on {counted(watched, 'metric')} x {account.a['alarm']:.2f} USD a month"
    return [Part("alarms", usd, how)]


def watched_metrics(alarm: Mapping[str, Any]) -> int:
    """How many metrics an alarm watches, of DescribeAlarms or of a template."""
    return sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1


def dashboards(account: Account) -> list[Part]:
    """The dashboards whose names begin with the prefix."""
    found = [
        entry
        for page in pages(account.client("cloudwatch"), "list_dashboards", "*", DashboardNamePrefix=account.prefix)
        for entry in page.get("DashboardEntries", [])
    ]
    usd = len(found) * account.a["dashboard"] * account.months
    return [Part("dashboards", usd, f"{len(found)} x {account.a['dashboard']:.2f} USD a month")]


LOOKS: tuple[tuple[str, Look], ...] = (
    ("what Athena scanned", athena),
    ("the size of the buckets", buckets),
    ("the requests to the ledger", ledger),
    ("what Firehose took in", firehose),
    ("the custom metrics", metrics),
    ("the alarms", alarms),
    ("the dashboards", dashboards),
)
