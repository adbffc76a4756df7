"""Crawlers as StartCrawler and GetCrawler show them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from glue_jobs.aws.system_clock import SystemClock
from workflows.local.crawlers import Crawlers

pytestmark = pytest.mark.local

PROPERTIES = {"Name": "c", "DatabaseName": "logs", "Targets": {"S3Targets": [{"Path": "s3://lake/tables/"}]}}


class HeldS3:
    """An S3 client whose listings wait."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.go = threading.Event()

    def get_paginator(self, name: str) -> Any:
        self.go.wait(10)
        return self._s3.get_paginator(name)


def test_a_crawl_runs_once_at_a_time(s3: Any, glue: Any) -> None:
    s3.create_bucket(Bucket="lake")
    held = HeldS3(s3)
    crawlers = Crawlers({"c": PROPERTIES}, held, glue, SystemClock())  # type: ignore[arg-type]  # a part of a client
    assert crawlers.last_crawl("c") is None
    crawlers.start("c")

    assert crawlers.state("c") == "RUNNING"
    with pytest.raises(ClientError, match="CrawlerRunningException"):
        crawlers.start("c")
    held.go.set()
    last = crawlers.wait("c", 10)
    assert last is not None
    assert (last.status, last.error_message) == ("SUCCEEDED", "")
    assert last.end_ms >= last.start_ms
    assert crawlers.state("c") == "READY"
    crawlers.start("c")
    crawlers.wait("c", 10)


def test_a_crawl_that_fails_says_why(s3: Any, glue: Any) -> None:
    crawlers = Crawlers({"c": PROPERTIES}, s3, glue, SystemClock())
    crawlers.start("c")
    last = crawlers.wait("c", 10)

    assert last is not None
    assert last.status == "FAILED"
    assert "NoSuchBucket" in last.error_message
    assert crawlers.state("c") == "READY"


def test_an_unknown_crawler(s3: Any, glue: Any) -> None:
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        Crawlers({}, s3, glue, SystemClock()).start("c")
