"""The one module that reads settings: explicit argument, then environment, then default.

Glue passes a job's settings as ``--name value``. `getResolvedOptions` of awsglue reads them, but knows only required
options; so only the present names are requested, and the rest comes from ``LOGLAKE_<NAME>`` or the default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from loglake.core.format_share import MIN_READ_RATIO
from loglake.core.planning.settings import LAG_MINUTES, SETTLE_AFTER_HOURS
from loglake.errors import ConfigError

Resolver = Callable[[Sequence[str], "list[str]"], Mapping[str, Any]]
"""`awsglue.utils.getResolvedOptions`."""


@dataclass(frozen=True)
class Setting:
    """A setting of a job: its name on the command line, what it means, and its default (None: required)."""

    name: str
    help: str
    default: str | None = None


_COMMON = (
    Setting("control_bucket", "the bucket of requests, configuration and object lists"),
    Setting("raw_bucket", "the bucket that CloudWatch exports to"),
    Setting("ledger_table", "the DynamoDB table of the ledger and the schema registry"),
    Setting("datasets_uri", "s3:// URI of the validated datasets JSON"),
    Setting(
        "settle_after_hours",
        "how long after its end a day becomes one window, exported or landed",
        str(SETTLE_AFTER_HOURS),
    ),
    Setting("deadline_seconds", "how long a run may start new work; below the job's Timeout", "2400"),
    Setting("lake_bucket", "the bucket of tables, staging, commits and quarantine"),
    Setting("database", "the Glue Catalog database of the tables", "loglake"),
    Setting("crawler", "the crawler that keeps the database", "loglake-crawl-lake"),
    Setting(
        "crawl_delay_seconds",
        "how long after it asked for a crawl a job looks whether the catalog has all; doubled each time",
        "300",
    ),
    Setting(
        "crawl_follows",
        "on: a crawl follows in the workflow run, so none is asked for; or off",
        "off",
    ),
    Setting("JOB_NAME", "given by Glue", ""),
    Setting("WORKFLOW_NAME", "given by Glue if the job runs inside a workflow", ""),
    Setting("WORKFLOW_RUN_ID", "given by Glue if the job runs inside a workflow", ""),
    Setting("JOB_RUN_ID", "given by Glue", ""),
)
EXPORT_SETTINGS = (
    *_COMMON,
    Setting("poll_seconds", "how often an export task is asked for its state", "5"),
    Setting("lag_minutes", "how far behind now the last window ends, since events arrive late", str(LAG_MINUTES)),
    Setting("wake_delay_seconds", "how long a run waits after one without progress; doubled after each", "60"),
)
_LANDING_QUEUE = Setting("landing_queue", "the URL of the queue with the S3 events below landing/ of the raw bucket")
_LOOK = ("control_bucket", "raw_bucket", "ledger_table", "datasets_uri", "JOB_RUN_ID", "WORKFLOW_RUN_ID")
LOOK_SETTINGS = (
    *(setting for setting in _COMMON if setting.name in _LOOK),
    _LANDING_QUEUE,
    Setting(
        "subscription",
        "the subscription filter of log groups with ingest: landing, as JSON: the run sees to these filters alone",
        "",
    ),
)
CONVERT_SETTINGS = (
    *_COMMON,
    _LANDING_QUEUE,
    Setting("account", "the deployment's account: a log group that names another is kept apart", ""),
    Setting("workers", "the most workers that the job may have, one of them for the driver", "5"),
    Setting("lease_seconds", "how long a converter owns a window without renewing", "300"),
    Setting("max_quarantined_ratio", "the share of events in quarantine above which a run is partial", "0.01"),
    Setting(
        "min_read_ratio",
        "the share of its events that a configured format has to read; below that a run is partial",
        str(MIN_READ_RATIO),
    ),
    Setting(
        "compaction", "on: the many small files of a partition become few once nothing is due for it; or off", "on"
    ),
    Setting("accept_corrupt", "on: events of gzip members whose checksum is wrong become rows, too; or off", "off"),
)


def read_settings(argv: Sequence[str], settings: Sequence[Setting], resolve: Resolver) -> dict[str, str]:
    """The value of every setting.

    Args:
        argv: as in `sys.argv`, the script's name first.
        settings: what to look for.
        resolve: `awsglue.utils.getResolvedOptions`.

    Raises:
        ConfigError: a required setting is missing, or has no value.
    """
    flags = {argument.split("=", 1)[0] for argument in argv[1:]}
    given = [setting.name for setting in settings if f"--{setting.name}" in flags]
    # The resolver always knows Glue's own options, and refuses to be asked for them.
    asked = [name for name in given if name != "JOB_RUN_ID"]
    explicit = resolve(argv, asked)
    values = {}
    for setting in settings:
        fallback = os.environ.get(f"LOGLAKE_{setting.name.upper()}", setting.default)
        value = explicit.get(setting.name) if setting.name in given else fallback
        if value is None:
            raise ConfigError(f"--{setting.name} is missing: {setting.help}")
        values[setting.name] = str(value)
    return values


def endpoint_url() -> str | None:
    """An endpoint in place of boto3's default: ``AWS_ENDPOINT_URL``, as the local runtime sets it."""
    return os.environ.get("AWS_ENDPOINT_URL") or None


@dataclass(frozen=True)
class WorkflowRun:
    """The workflow run of a job; empty outside of one."""

    name: str = ""
    run_id: str = ""


@dataclass(frozen=True)
class CatalogConfig:
    """The catalog of the tables, and how a job closes its gaps.

    Attributes:
        lake_bucket: the tables' files are below ``tables/`` of it.
        database: of the Glue Data Catalog.
        crawler: the crawler that keeps the database.
        delay_s: how long after requesting a crawl a job checks again.
        crawl_follows: a crawl comes after the job in its workflow run (`CrawlMode: EveryRun`).
    """

    lake_bucket: str = "lake"
    database: str = "loglake"
    crawler: str = "loglake-crawl-lake"
    delay_s: float = 300
    crawl_follows: bool = False


@dataclass(frozen=True)
class JobConfig:
    """Settings that exporting and converting have; `Setting.help` says what each means."""

    control_bucket: str
    raw_bucket: str
    ledger_table: str
    datasets_uri: str
    run_id: str
    deadline_s: float


@dataclass(frozen=True)
class ExportConfig(JobConfig):
    """Settings of the export job: `EXPORT_SETTINGS`."""

    poll_s: float
    lag_minutes: int
    settle_after_hours: int = SETTLE_AFTER_HOURS
    wake_delay_s: float = 60
    workflow: WorkflowRun = WorkflowRun()
    catalog: CatalogConfig = CatalogConfig()

    @staticmethod
    def from_argv(argv: Sequence[str], resolve: Resolver) -> ExportConfig:
        """Reads the settings. Raises ConfigError, naming the setting that is wrong."""
        values = read_settings(argv, EXPORT_SETTINGS, resolve)
        return ExportConfig(
            **_common(values),
            poll_s=_number(values, "poll_seconds"),
            lag_minutes=int(_number(values, "lag_minutes", least=0)),
            wake_delay_s=_number(values, "wake_delay_seconds"),
        )


@dataclass(frozen=True)
class ConvertConfig(JobConfig):
    """Settings of the convert job: `CONVERT_SETTINGS`."""

    lake_bucket: str
    job_name: str
    lease_s: float
    max_quarantined_ratio: float
    workflow: WorkflowRun = WorkflowRun()
    catalog: CatalogConfig = CatalogConfig()
    workers: int = 5
    settle_after_hours: int = SETTLE_AFTER_HOURS
    compaction: bool = True
    min_read_ratio: float = MIN_READ_RATIO
    accept_corrupt: bool = False
    landing_queue: str = ""
    account: str = ""

    @staticmethod
    def from_argv(argv: Sequence[str], resolve: Resolver) -> ConvertConfig:
        """Reads the settings. Raises ConfigError, naming the setting that is wrong."""
        values = read_settings(argv, CONVERT_SETTINGS, resolve)
        return ConvertConfig(
            **_common(values),
            landing_queue=values["landing_queue"],
            account=values["account"],
            lake_bucket=values["lake_bucket"],
            job_name=values["JOB_NAME"] or "convert-logs",
            lease_s=_number(values, "lease_seconds"),
            max_quarantined_ratio=_number(values, "max_quarantined_ratio", least=0),
            workers=int(_number(values, "workers", least=2)),
            compaction=_switch(values, "compaction"),
            min_read_ratio=_number(values, "min_read_ratio", least=0),
            accept_corrupt=_switch(values, "accept_corrupt"),
        )


@dataclass(frozen=True)
class LookConfig:
    """Settings of the job look-landing: `LOOK_SETTINGS`."""

    control_bucket: str
    raw_bucket: str
    ledger_table: str
    datasets_uri: str
    landing_queue: str
    subscription: str
    run_id: str

    @staticmethod
    def from_argv(argv: Sequence[str], resolve: Resolver) -> LookConfig:
        """Reads the settings. Raises ConfigError, naming the setting that is missing."""
        values = read_settings(argv, LOOK_SETTINGS, resolve)
        names = ("control_bucket", "raw_bucket", "ledger_table", "datasets_uri", "landing_queue", "subscription")
        return LookConfig(**{name: values[name] for name in names}, run_id=_run_id(values))


def _run_id(values: Mapping[str, str]) -> str:
    """Glue's name of the job run; a run by hand is named by its process."""
    return values["JOB_RUN_ID"] or values["WORKFLOW_RUN_ID"] or f"local-{os.getpid()}"


def _common(values: Mapping[str, str]) -> dict[str, Any]:
    """The fields that exporting and converting have."""
    names = ("control_bucket", "raw_bucket", "ledger_table", "datasets_uri")
    return {
        **{name: values[name] for name in names},
        "run_id": _run_id(values),
        "workflow": WorkflowRun(values["WORKFLOW_NAME"], values["WORKFLOW_RUN_ID"]),
        "catalog": _catalog(values),
        "settle_after_hours": int(_number(values, "settle_after_hours", least=1)),
        "deadline_s": _number(values, "deadline_seconds"),
    }


def _catalog(values: Mapping[str, str]) -> CatalogConfig:
    return CatalogConfig(
        lake_bucket=values["lake_bucket"],
        database=values["database"],
        crawler=values["crawler"],
        delay_s=_number(values, "crawl_delay_seconds"),
        crawl_follows=_switch(values, "crawl_follows"),
    )


def _number(values: Mapping[str, str], name: str, least: float = 0.001) -> float:
    try:
        number = float(values[name])
    except ValueError:
        raise ConfigError(f"--{name} must be a number, not {values[name]!r}") from None
    if not least <= number < float("inf"):
        raise ConfigError(f"--{name} must be at least {least:g}, not {values[name]}")
    return number


def _switch(values: Mapping[str, str], name: str) -> bool:
    if values[name] not in {"on", "off"}:
        raise ConfigError(f"--{name} must be on or off, not {values[name]!r}")
    return values[name] == "on"
