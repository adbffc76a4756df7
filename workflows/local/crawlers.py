"""The crawlers of the local runtime: each READY or RUNNING, one crawl of each at a time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from workflows.local.crawler import CrawlResult, crawl

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from glue_jobs.core.ports import Clock


@dataclass(frozen=True)
class LastCrawl:
    """How a crawl ended (Glue API, `LastCrawlInfo`).

    Attributes:
        status: SUCCEEDED or FAILED.
        start_ms: when it started.
        end_ms: when it ended.
        result: what it did, where it succeeded.
        error_message: why it failed.
    """

    status: str
    start_ms: int
    end_ms: int
    result: CrawlResult | None = None
    error_message: str = ""


class Crawlers:
    """Starts crawls in threads and remembers how they ended."""

    def __init__(self, crawlers: Mapping[str, Mapping[str, Any]], s3: S3Client, glue: GlueClient, clock: Clock) -> None:
        """Takes its collaborators.

        Args:
            crawlers: the properties of AWS::Glue::Crawler by the crawlers' names.
            s3: reads.
            glue: writes.
            clock: stamps.
        """
        self._properties = dict(crawlers)
        self._s3 = s3
        self._glue = glue
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[str, threading.Thread] = {}
        self._last: dict[str, LastCrawl] = {}

    def start(self, name: str) -> None:
        """Starts a crawl, as StartCrawler does.

        Raises:
            ClientError: EntityNotFoundException, or CrawlerRunningException: wait and start again, the crawl that runs
                may have passed what is new.
        """
        if name not in self._properties:
            raise _error("EntityNotFoundException", f"Crawler with name {name} does not exist")
        with self._lock:
            if name in self._running:
                raise _error("CrawlerRunningException", f"Crawler with name {name} has already started")
            thread = threading.Thread(target=self._crawl, args=(name,), name=f"crawl-{name}", daemon=True)
            self._running[name] = thread
        thread.start()

    def state(self, name: str) -> str:
        """READY or RUNNING."""
        with self._lock:
            return "RUNNING" if name in self._running else "READY"

    def last_crawl(self, name: str) -> LastCrawl | None:
        """How the newest finished crawl ended, or None before the first."""
        with self._lock:
            return self._last.get(name)

    def wait(self, name: str, timeout_s: float | None = None) -> LastCrawl | None:
        """Waits until a crawler is READY or the time is over, then tells its last crawl."""
        with self._lock:
            thread = self._running.get(name)
        if thread:
            thread.join(timeout_s)
        return self.last_crawl(name)

    def _crawl(self, name: str) -> None:
        start_ms = self._clock.now_ms()
        try:
            result = crawl(self._properties[name], self._s3, self._glue, start_ms)
            last = LastCrawl("SUCCEEDED", start_ms, self._clock.now_ms(), result)
        except Exception as error:  # whatever it is, the crawl has FAILED and says why
            last = LastCrawl("FAILED", start_ms, self._clock.now_ms(), error_message=f"{type(error).__name__}: {error}")
        with self._lock:
            self._last[name] = last
            del self._running[name]


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "StartCrawler")
