"""The jobs' entry scripts as they are, but for the JVM and the time.

Settings, adapters and pipelines are wired by the scripts themselves. Four names of convert-logs are others: the
session, Glue's frame around a Spark job, the stage, which runs the same kernels in this process, and the catalog, since
nobody crawls here. The catalog of export-logs is another one for the same reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Callable, cast
from unittest.mock import patch

import botocore.endpoint
from botocore.config import Config
from support.fakes.catalogs import CrawledAtOnce
from support.fakes.stages import KernelStage

from loglake.aws import session
from loglake.aws.objects import open_store
from loglake.entrypoints import convert_logs, export_logs, look_landing

if TYPE_CHECKING:
    from loglake.config import CatalogConfig
    from loglake.core.ports.clock import Clock
    from loglake.core.ports.objects import ObjectStore

JOBS: dict[str, Any] = {"export-logs": export_logs, "look-landing": look_landing, "convert-logs": convert_logs}
"""The entry scripts by the names of their jobs."""


def run_job(name: str, arguments: Sequence[str], clock: Clock | None, read_timeout_s: float | None = None) -> None:
    """Runs a job in this process, and returns or raises as its script does.

    Args:
        name: of the job.
        arguments: as on the script's command line.
        clock: what the job takes for the time; None: the machine's.
        read_timeout_s: how long it waits for an answer, by the machine's clock; None: as it always does.
    """
    script = JOBS[name]
    with_timeout = session._CONFIG.merge(Config(read_timeout=read_timeout_s)) if read_timeout_s else session._CONFIG
    with (
        patch.object(sys, "argv", [f"{name}.py", *arguments]),
        patch.object(session, "_CONFIG", with_timeout),
        _without_jvm(),
        _on_clock(script, clock),
    ):
        script.main()


@contextmanager
def _without_jvm() -> Iterator[None]:
    def stage(
        _spark: None, stores: Callable[[str], ObjectStore], raw: str, lake: str, _workers: int, **_runtime: object
    ) -> KernelStage:
        return KernelStage(stores(raw), stores(lake))

    def catalog(_glue: object, config: CatalogConfig) -> CrawledAtOnce:
        return CrawledAtOnce(open_store(config.lake_bucket))

    replaced: dict[str, Any] = {
        "SparkConvertStage": stage,
        "GlueCatalog": catalog,
        "spark_context": lambda _name: None,
    }
    with patch.multiple(convert_logs, **replaced), patch.object(export_logs, "GlueCatalog", catalog):
        yield


@contextmanager
def _on_clock(script: Any, clock: Clock | None) -> Iterator[None]:
    """Makes the script and boto3 wait on this clock, so hours of waiting or back-off take no real time."""
    if clock is None:
        yield
        return
    waiting = SimpleNamespace(**{**vars(cast("Any", botocore.endpoint).time), "sleep": clock.sleep})
    with patch.object(script, "SystemClock", lambda: clock), patch.object(botocore.endpoint, "time", waiting):
        yield
