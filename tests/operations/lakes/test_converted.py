"""What `loglake convert` wrote, in a folder or in S3, as commands see it: from the last line of `convert` on."""

from __future__ import annotations

import gzip
import json
import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake

from gluelocal.clock import SystemClock
from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake_cli.operations.tables.locations import open_place

pytestmark = pytest.mark.local

LOG = """\
{"time": "2026-11-20T10:00:00Z", "level": "info", "message": "up", "user": {"id": 7}}
{"time": "2026-11-21T10:00:00Z", "level": "error", "message": "down", "user": {"id": 8}}
"""


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(SystemClock()) as embedded:
        embedded.client("s3").create_bucket(Bucket="lakes")
        yield embedded


@pytest.fixture(params=["it's a %2E lake", "s3://lakes/my lake"])
def lake(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: EmbeddedAws) -> str:
    """The place of a lake, which does not exist yet, in a working folder with app.log."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.log").write_text(LOG)
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    for item in aws.client("s3").list_objects_v2(Bucket="lakes").get("Contents", []):
        aws.client("s3").delete_object(Bucket="lakes", Key=item["Key"])
    return str(request.param)


def test_the_last_line_of_convert_is_the_query_to_type(lake: str) -> None:
    typed = shlex.split(loglake("convert", "app.log", lake, "--partition-by", "hour").stdout.splitlines()[-1])
    assert Path(typed[0]).name == "loglake"
    assert typed[-2:] == ["--lake", lake]
    done = loglake(*typed[1:], "--json")
    assert done.stderr.splitlines() == [
        f"Lake: {lake if lake.startswith('s3:') else f'the folder {lake}'}",
        "loglake: Whether anything is missing is unknown: this lake has no ledger.",
    ]
    newest, older = json.loads(done.stdout)
    assert (newest["message"], newest["user_id"], newest["dt"], newest["hour"]) == ("down", 8, "2026-11-21", "10")
    assert (older["message"], older["level"], older["event_time"]) == ("up", "INFO", "2026-11-20 10:00:00.000")


def test_athenas_sql_sees_tables_partitions_and_views(lake: str) -> None:
    loglake("convert", "app.log", lake, "--table", "shop")

    def ask(sql: str, *more: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(loglake("query", sql, "--json", "--lake", lake, *more).stdout)
        return found

    assert ask("SHOW TABLES") == [{"tab_name": "shop"}]
    assert [row["partition"] for row in ask("SHOW PARTITIONS shop")] == ["dt=2026-11-20", "dt=2026-11-21"]
    assert ask("SELECT message FROM loglake.shop WHERE dt = '2026-11-20'") == [{"message": "up"}]
    (path,) = ask("SELECT \"$path\" AS p FROM shop WHERE level = 'ERROR'")
    assert str(path["p"]).startswith("s3://")
    assert "/shop/dt=2026-11-21/" in str(path["p"])
    assert ask("FROM shop SELECT count(*) AS n", "--dialect", "duckdb") == [{"n": 2}]


def test_a_second_conversion_adds_columns_that_are_null_before(lake: str, tmp_path: Path) -> None:
    loglake("convert", "app.log", lake, "--table", "shop")
    (tmp_path / "later.log").write_text(json.dumps({"time": "2026-11-22T10:00:00Z", "message": "new", "cpu": 1.5}))
    assert loglake("convert", "later.log", lake, "--table", "shop", "--log-group", "app.log").exit_code == 0
    done = loglake("query", "SELECT message, cpu FROM shop ORDER BY event_time", "--json", "--lake", lake)
    assert json.loads(done.stdout) == [
        {"message": "up", "cpu": None},
        {"message": "down", "cpu": None},
        {"message": "new", "cpu": 1.5},
    ]
    columns = json.loads(loglake("schema", "show", "shop", "--json", "--lake", lake).stdout)
    assert (columns["version"], [each["column"] for each in columns["columns"]][-1]) == (2, "cpu")
    assert "  + cpu double" in loglake("schema", "show", "shop", "--history", "--lake", lake).stdout


def test_status_and_verify_take_the_journal_and_say_what_they_can_not_know(lake: str, aws: EmbeddedAws) -> None:
    loglake("convert", "app.log", lake, "--table", "shop")
    for command in (("status",), ("verify", "--deep")):
        done = loglake(*command, "--lake", lake)
        assert (done.exit_code, "Without a ledger it is not known which logs are missing" in done.stdout) == (0, True)
        assert json.loads(loglake(*command, "--json", "--lake", lake).stdout)["unknown"].startswith("Without a ledger")
    (table,) = json.loads(loglake("status", "--json", "--lake", lake).stdout)["tables"]
    assert (table["table"], table["log_groups"], table["partitions"]) == (
        "shop",
        ["app.log"],
        ["dt=2026-11-20", "dt=2026-11-21"],
    )
    assert (table["accounting"]["rows_out"], table["objects"], table["files"], table["damaged"]) == (2, 1, 2, 0)
    shown = loglake("status", "--lake", lake).stdout.splitlines()
    assert shown[1].split()[:-1] == ["shop", "app.log", "2026-11-20", "to", "2026-11-21", "2", "0", "1", "2"]
    store = open_place(lake)
    store.delete([next(item.key for item in store.list("shop/"))])
    done = loglake("status", "--lake", lake)
    see = shlex.join(["loglake", "verify", "shop", "--lake", lake])
    assert (done.exit_code, done.stdout.splitlines()[3]) == (
        1,
        f"! shop: 1 thing not as the journal says. To see what to do: {see}",
    )
    assert loglake(*shlex.split(see)[1:]).exit_code == 1


def test_the_scripts_for_other_readers_name_the_place(lake: str, tmp_path: Path) -> None:
    loglake("convert", "app.log", lake, "--table", "shop")
    (found,) = json.loads(loglake("connect", "--json", "--lake", lake).stdout)["tables"]
    place = lake if lake.startswith("s3:") else str(tmp_path / lake)
    assert found == {"name": "shop", "folder": f"{place}/shop", "partition_keys": ["dt"]}
    script = loglake("connect", "--lake", lake).stdout
    assert ("CREATE OR REPLACE SECRET" in script) == lake.startswith("s3:")
    names: dict[str, Any] = {}
    exec(loglake("connect", "--as", "python", "--lake", lake).stdout, names)
    assert names["tables"]["shop"].to_table().num_rows == 2


def test_the_command_that_convert_prints_shows_what_is_in_quarantine(lake: str, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    lines = "".join(f'{{"time": "2026-11-20T10:00:00Z", "message": "{random.random()}"}}\n' for _ in range(200))
    (tmp_path / "logs" / "a.log.gz").write_bytes(gzip.compress(lines.encode())[:-400])
    printed = loglake("convert", "logs", lake, "--table", "shop").stdout.splitlines()
    typed = next(line for line in printed if line.startswith("To see what is in quarantine, and why: "))
    (entry,) = json.loads(loglake(*shlex.split(typed.partition("why: ")[2])[1:], "--json").stdout)
    assert (entry["table"], "ends in the middle of a gzip member" in entry["reason"]) == ("shop", True)


def test_a_table_that_is_not_there_gets_the_name_of_one_that_is(lake: str) -> None:
    loglake("convert", "app.log", lake, "--table", "shop")
    done = loglake("schema", "show", "shp", "--lake", lake)
    assert (done.exit_code, "there is no table shp: did you mean shop?" in done.stderr) == (2, True)
    done = loglake("query", "SELECT * FROM shp", "--lake", lake)
    assert (done.exit_code, "shp" in done.stderr) == (2, True)
    done = loglake("verify", "shopp", "--lake", lake)
    assert (done.exit_code, "there is no table shopp: did you mean shop?" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("lake", "said"),
    [
        ("s3://lakes/nothing", "s3://lakes/nothing has nothing of loglake"),
        ("s3://nobodys/lake", "There is no bucket nobodys: correct its name"),
    ],
    indirect=["lake"],
)
def test_a_place_in_s3_without_a_lake_is_said(lake: str, said: str) -> None:
    for command in (("query", "SELECT 1"), ("schema", "show", "x"), ("verify",), ("quarantine",), ("status",)):
        done = loglake(*command, "--lake", lake)
        assert (done.exit_code, done.stdout, said in done.stderr) == (2, "", True)


def test_the_lake_bucket_of_a_deployment_is_asked_by_its_prefix(aws: EmbeddedAws, lake: str) -> None:
    aws.client("s3").put_object(Bucket="lakes", Key="tables/app/dt=2026-11-20/a.parquet", Body=b"x")
    done = loglake("query", "SELECT 1", "--lake", "s3://lakes")
    assert (done.exit_code, "name the deployment, such as --lake aws:loglake" in done.stderr) == (2, True)
