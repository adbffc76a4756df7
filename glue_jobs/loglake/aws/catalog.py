"""The Glue Data Catalog, as converting looks at it: what a crawl has still to bring in, and whether one follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from loglake.aws.faults import translated
from loglake.core.catalog_gaps import Missing
from loglake.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_glue import GlueClient

    from loglake.config import ConvertConfig

_BATCH = 1000
"""BatchGetPartition, `PartitionsToGet`: the most."""

_RUNS = 25
"""Runs of the job that are looked at, the newest: far more than are under way at once."""

_ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED"})


class GlueCatalog:
    """Implements `Catalog` of `core.ports`."""

    def __init__(self, client: GlueClient, config: ConvertConfig) -> None:
        self._client = client
        self._config = config

    def missing(self, table: str, asked: Missing) -> Missing:
        """Which of these partitions and columns the catalog's table does not have; all where it has no such table."""
        try:
            with translated("glue:GetTable", table):
                found = self._client.get_table(DatabaseName=self._config.database, Name=table)["Table"]
        except NotFoundError:
            return asked
        columns = {column["Name"] for column in found.get("StorageDescriptor", {}).get("Columns", [])}
        return asked.without(set(self._partitions(table, asked.partitions)), columns)

    def crawl_follows(self) -> bool:
        """Whether the crawl that comes after this run will begin, as far as can be told."""
        if not self._config.workflow.run_id:
            return False
        with translated("glue:GetCrawler", self._config.crawler):
            crawler = self._client.get_crawler(Name=self._config.crawler)["Crawler"]
        last = crawler.get("LastCrawl", {})
        if crawler.get("State") != "READY" or last.get("Status", "SUCCEEDED") != "SUCCEEDED":
            return False
        with translated("glue:GetJobRuns", self._config.job_name):
            runs = self._client.get_job_runs(JobName=self._config.job_name, MaxResults=_RUNS)["JobRuns"]
        others = [run for run in runs if run["Id"] != self._config.run_id]
        return all(_is_crawled(run, last.get("StartTime")) for run in others)

    def _partitions(self, table: str, names: Sequence[str]) -> Iterator[str]:
        """Those of the partitions that the catalog has."""
        left = {_values(name): name for name in names}
        wanted = list(left)
        while wanted:
            batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
            with translated("glue:BatchGetPartition", table):
                answer = self._client.batch_get_partition(
                    DatabaseName=self._config.database,
                    TableName=table,
                    PartitionsToGet=[{"Values": list(values)} for values in batch],
                )
            found = [tuple(partition["Values"]) for partition in answer.get("Partitions", [])]
            yield from (left[values] for values in found if values in left)
            again = [tuple(key["Values"]) for key in answer.get("UnprocessedKeys", [])]
            if len(again) == len(batch):
                return  # told as missing, and looked at by the next run
            wanted += again


def _values(name: str) -> tuple[str, ...]:
    """The values of a partition: of ``dt=2026-11-21/hour=08`` they are 2026-11-21 and 08."""
    return tuple(part.partition("=")[2] for part in name.split("/"))


def _is_crawled(run: Any, crawl_began: datetime | None) -> bool:
    """Whether a run has ended and a crawl has begun since: else its own is to come, and would be in the way."""
    ended: datetime | None = run.get("CompletedOn")
    if run.get("JobRunState") not in _ENDED or ended is None:
        return False
    return crawl_began is not None and ended <= crawl_began
