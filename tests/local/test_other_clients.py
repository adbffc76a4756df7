"""Plain boto3 and awswrangler as clients of a running stack."""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.local.commands import inside
from support.local.stacks_up import Up, start_up

pytestmark = [pytest.mark.local, pytest.mark.spark]

EVENTS = [
    (f"2026-11-{day:02d}T08:00:{second:02d}.000Z", {"level": "warn", "n": second, "shop": f"s{day}"})
    for day in (20, 21)
    for second in range(30)
]
ORDER = ("WAITING", "RUNNING", "SUCCEEDED")
READ_TABLE = """
import json, sys
import awswrangler as wr
database, table = sys.argv[1:]
assert wr.catalog.does_table_exist(database=database, table=table)
frame = wr.s3.read_parquet_table(database=database, table=table, columns=["n", "shop", "level", "dt"])
only = wr.s3.read_parquet_table(
    database=database, table=table, columns=["n"], partition_filter=lambda each: each["dt"] == "2026-11-21"
)
types = wr.catalog.get_table_types(database=database, table=table)
rows = frame.astype(object).to_dict("records")
print(json.dumps({"rows": rows, "only": len(only), "types": types}, default=str))
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack with one log group of 60 events on two days."""
    folder = tmp_path_factory.mktemp("up")
    (folder / "shop.log").write_text("".join(f"{at} {json.dumps(event)}\n" for at, event in EVENTS))
    stack = start_up(folder, "--logs", "shop.log", "--log-group", "/app/shop")
    yield stack
    assert stack.stop(signal.SIGTERM) == 0, stack.log.read_text()


def runs_of(up: Up, workflow: str) -> list[dict[str, Any]]:
    """Its runs, newest first. Glue's response lacks the list if there are none."""
    runs: list[dict[str, Any]] = up.client("glue").get_workflow_runs(Name=workflow).get("Runs", [])
    return runs


def job_runs(glue: Any, job: str, run_id: str) -> list[dict[str, Any]]:
    """The runs of a job in a workflow run. Another run may be active, which checks the catalog again."""
    runs = glue.get_job_runs(JobName=job)["JobRuns"]
    return [run for run in runs if run["Arguments"]["--WORKFLOW_RUN_ID"] == run_id]


class Watcher:
    """Polls one run until it ends, and records the states of each node."""

    def __init__(self, up: Up, name: str, run_id: str) -> None:
        self.glue = up.client("glue")
        self.name, self.run_id = name, run_id
        self.seen: dict[str, list[str]] = {}
        self.statuses: list[str] = []

    def over(self) -> dict[str, Any] | None:
        run: dict[str, Any] = self.glue.get_workflow_run(Name=self.name, RunId=self.run_id, IncludeGraph=True)["Run"]
        self.statuses.append(run["Status"])
        for node in run["Graph"]["Nodes"]:
            if node["Type"] == "JOB":
                self._job(node)
            elif node["Type"] == "CRAWLER":
                self._crawler(node)
        return run if run["Status"] != "RUNNING" else None

    def _job(self, node: dict[str, Any]) -> None:
        """The graph's data about a job is in GetJobRuns too. That call comes later and may have more."""
        reported = [run["JobRunState"] for run in node.get("JobDetails", {}).get("JobRuns", [])]
        state = reported[-1] if reported else "WAITING"
        runs = job_runs(self.glue, node["Name"], self.run_id)
        later = next((run["JobRunState"] for run in runs), "WAITING")
        assert ORDER.index(state) <= ORDER.index(later)
        self.seen.setdefault(node["Name"], []).append(state)

    def _crawler(self, node: dict[str, Any]) -> None:
        reported = [crawl["State"] for crawl in node.get("CrawlerDetails", {}).get("Crawls", [])]
        crawler = self.glue.get_crawler(Name=node["Name"])["Crawler"]
        if reported[-1:] == ["SUCCEEDED"]:
            assert (crawler["State"], crawler["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
        self.seen.setdefault(node["Name"], []).append(reported[-1] if reported else "WAITING")


@pytest.fixture(scope="module")
def watched(up: Up) -> tuple[Watcher, dict[str, Any]]:
    """A run that a request object has started, watched to its end."""
    requests = up.document["requests"]
    (workflow,) = (name for name in up.document["workflows"] if name.endswith("export"))
    assert runs_of(up, workflow) == []
    body, key = json.dumps(requests["bodies"][0]), requests["key_prefix"] + "mine.json"
    up.client("s3").put_object(Bucket=requests["bucket"], Key=key, Body=body)
    run = up.until(lambda: next(iter(runs_of(up, workflow)), None))
    watcher = Watcher(up, workflow, run["WorkflowRunId"])
    return watcher, up.until(watcher.over)


@pytest.fixture(scope="module")
def crawled(up: Up, watched: tuple[Watcher, dict[str, Any]]) -> tuple[Watcher, dict[str, Any]]:
    """The run of the crawler that the first run requested, watched to its end."""
    (workflow,) = (name for name in up.document["workflows"] if name.endswith("catalog"))
    run = up.until(lambda: next(iter(runs_of(up, workflow)), None))
    watcher = Watcher(up, workflow, run["WorkflowRunId"])
    return watcher, up.until(watcher.over)


def test_a_run_is_reported_truly_while_it_happens(watched: tuple[Watcher, dict[str, Any]]) -> None:
    watcher, run = watched
    assert watcher.statuses[0] == "RUNNING"
    assert run["Status"] == "COMPLETED"
    assert {name: states[-1] for name, states in watcher.seen.items()} == {
        "loglake-export-logs": "SUCCEEDED",
        "loglake-convert-logs": "SUCCEEDED",
    }
    for states in watcher.seen.values():
        assert states == sorted(states, key=ORDER.index)
    assert "RUNNING" in watcher.seen["loglake-convert-logs"]  # Spark takes seconds to start
    statistics = run["Statistics"]
    assert (statistics["TotalActions"], statistics["SucceededActions"], statistics["RunningActions"]) == (2, 2, 0)
    assert run["StartedOn"] <= run["CompletedOn"]
    assert run["WorkflowRunProperties"]["aws:eventIds"].startswith("[")


def test_the_crawl_that_it_asks_for_is_a_run_of_its_own(crawled: tuple[Watcher, dict[str, Any]]) -> None:
    watcher, run = crawled
    assert run["Status"] == "COMPLETED"
    states = watcher.seen["loglake-crawl-lake"]
    assert states[-1] == "SUCCEEDED"
    assert states == sorted(states, key=ORDER.index)


def test_the_job_runs_are_those_of_the_run(up: Up, watched: tuple[Watcher, dict[str, Any]]) -> None:
    (reported,) = job_runs(up.client("glue"), "loglake-convert-logs", watched[0].run_id)
    assert (reported["JobRunState"], reported["Attempt"], reported["JobName"]) == (
        "SUCCEEDED",
        0,
        "loglake-convert-logs",
    )
    arguments = reported["Arguments"]
    assert arguments["--WORKFLOW_RUN_ID"] == watched[0].run_id
    assert reported["StartedOn"] <= reported["CompletedOn"]


def expected() -> list[tuple[Any, ...]]:
    return [(event["n"], event["shop"], "WARN", at[:10]) for at, event in EVENTS]


@pytest.mark.usefixtures("crawled")
def test_the_catalog_leads_to_the_rows(up: Up) -> None:
    glue, s3 = up.client("glue"), up.client("s3")
    (table,) = glue.get_tables(DatabaseName=up.document["database"])["TableList"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["dt"]
    partitions = glue.get_partitions(DatabaseName=table["DatabaseName"], TableName=table["Name"])["Partitions"]
    assert sorted(partition["Values"] for partition in partitions) == [["2026-11-20"], ["2026-11-21"]]
    rows: list[tuple[Any, ...]] = []
    for partition in partitions:
        location = partition["StorageDescriptor"]["Location"]
        assert location.startswith(table["StorageDescriptor"]["Location"])
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]:
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            for row in pq.read_table(io.BytesIO(body)).to_pylist():
                rows.append((row["n"], row["shop"], row["level"], *partition["Values"]))
                assert json.loads(row["raw"].partition(" ")[2]) == event_at(row["event_time"])
    assert sorted(rows) == sorted(expected())


def event_at(time: datetime) -> dict[str, Any]:
    at = time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return next(event for stamp, event in EVENTS if stamp == at)


@pytest.mark.usefixtures("crawled")
def test_awswrangler_reads_the_crawled_table(up: Up) -> None:
    done = up.run(sys.executable, "-c", READ_TABLE, up.document["database"], "app_shop")
    assert done.returncode == 0, done.stderr
    reported = json.loads(done.stdout)
    rows = [(row["n"], row["shop"], row["level"], row["dt"]) for row in reported["rows"]]
    assert sorted(rows) == sorted(expected())
    assert reported["only"] == 30
    assert {name: reported["types"][name] for name in ("event_time", "n", "shop", "dt")} == {
        "event_time": "timestamp", "n": "bigint", "shop": "string", "dt": "string"
    }  # fmt: skip


@pytest.mark.usefixtures("crawled")
def test_commands_of_another_terminal_find_it_by_what_it_printed(up: Up) -> None:
    prefix = up.document["prefix"]
    (group,) = json.loads(up.loglake("status", "--json", "--lake", f"aws:{prefix}"))["log_groups"]
    assert (group["log_group"], group["rows"], group["pending"]) == ("/app/shop", 60, 0)
    assert json.loads(up.loglake("schema", "show", "app_shop", "--json", "--lake", f"aws:{prefix}"))["columns"]
    runs = len(runs_of(up, "loglake-log-export"))
    asked = ("/app/shop", "--from", "2026-11-20", "--to", "2026-11-22")
    key = up.loglake("export", *asked, "--lake", f"aws:{prefix}").splitlines()[0]
    assert key.startswith("requests/requested/")
    up.until(lambda: len(runs_of(up, "loglake-log-export")) > runs or None)


def test_its_schema_is_arrows(up: Up, crawled: tuple[Watcher, dict[str, Any]]) -> None:
    """A file marks its times as UTC, as the format requires."""
    lake = up.document["buckets"]["lake"]
    keys = [item["Key"] for item in up.client("s3").list_objects_v2(Bucket=lake, Prefix="tables/")["Contents"]]
    body = up.client("s3").get_object(Bucket=lake, Key=keys[0])["Body"].read()
    assert pq.read_schema(io.BytesIO(body)).field("event_time").type == pa.timestamp("ms", "UTC")


def waited(up: Up, start: str, end: str) -> tuple[int, dict[str, Any], str]:
    """The exit status of an export with --wait, its output, and its progress."""
    asked = (
        "export",
        "/app/shop",
        "--from",
        start,
        "--to",
        end,
        "--lake",
        f"aws:{up.document['prefix']}",
        "--wait",
        "--json",
    )
    done = inside(*asked, environment=up.environment)
    return done.exit_code, json.loads(done.stdout), done.stderr


@pytest.mark.usefixtures("crawled")
def test_waiting_for_what_is_there_and_for_what_can_not_be_ends_well(up: Up) -> None:
    status, document, said = waited(up, "2026-11-20T08:00Z", "2026-11-21T08:00:29.001Z")
    assert (status, document["windows"], document["in_table"], document["failed"]) == (0, 2, 2, []), said
    status, document, said = waited(up, "2026-10-01", "2026-10-02")
    assert (status, document["windows"], document["failed"]) == (0, 0, []), said
    (note,) = document["notes"]
    assert "nothing to export: the log group was made at 2026-11-20T08:00:00.000Z" in note
    assert (
        note
        in json.loads(up.loglake("status", "--lake", f"aws:{up.document['prefix']}", "--json"))["runs"]["export"][
            "remarks"
        ]
    )
