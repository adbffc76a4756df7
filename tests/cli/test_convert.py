"""`loglake convert` from the command line, with results counted by other tools."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from contextlib import chdir
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import duckdb
import pyarrow.parquet as pq
import pytest
from support.local.processes import processes
from typer.testing import CliRunner

from gluelocal.cloud.embedded_aws import EmbeddedAws
from loglake_cli.cli.app import app
from loglake_cli.cli.shared.progress import Progress

pytestmark = pytest.mark.local

LOGLAKE = [sys.executable, "-c", "from loglake_cli.cli.app import main; main()"]
TASK = "cda45419-90ea-4db5-9833-aade86253e66"
START = datetime(2019, 3, 1, tzinfo=timezone.utc)
EVENT = re.compile(rb"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ", re.MULTILINE)

Rows = Counter[tuple[str, str, str]]


class Done(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def loglake(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """Runs the command, in its own process if it needs another environment."""
    if env is None:
        with chdir(cwd):
            done = CliRunner().invoke(app, ["convert", *arguments])
        return Done(done.exit_code, done.stdout, done.stderr)
    command = [*LOGLAKE, "convert", *arguments]
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False, env=env)
    return Done(ended.returncode, ended.stdout, ended.stderr)


def timestamp(ms: int) -> str:
    return (START + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_exports(folder: Path, events: int = 4000) -> None:
    """Writes exports like CreateExportTask's: JSON, text and tracebacks, several gzip members, one object truncated."""
    rng = random.Random(3)
    (folder / TASK).mkdir(parents=True)
    (folder / "aws-logs-write-test").write_text("Permission Check Successful")
    for stream in ("web-1", "2019-03-01-[$LATEST]0a1b", "cut", "empty"):
        (folder / TASK / stream).mkdir()
        for part in range(2):
            members = (1 + part) * (stream != "empty")
            body = b"".join(gzip.compress(_member(rng, events // 8)) for _ in range(members))
            cut = len(body) // 2 if (stream, part) == ("cut", 1) else len(body)
            (folder / TASK / stream / f"{part:06d}.gz").write_bytes(body[:cut])


def _member(rng: random.Random, events: int) -> bytes:
    texts = (
        '{{"level":"info","n":{n},"user":{{"id":{n}}},"took":{n}.5,"name":"\u00fcser"}}',
        "plain line {n}",
        'Traceback (most recent call last):\n  File "x.py", line {n}\n\nValueError: {n}',
    )
    lines = [f"{timestamp(rng.randrange(3 * 86_400_000))} {rng.choice(texts).format(n=n)}\n" for n in range(events)]
    return "".join(lines).encode()


def expected_rows(folder: Path) -> tuple[Rows, int]:
    """Every whole event of the exports, and the number of fragments, found with zlib and a regular expression."""
    rows: Rows = Counter()
    pieces = 0
    for path in folder.rglob("*.gz"):
        text, damaged = _decoded(path.read_bytes())
        found = list(EVENT.finditer(text))
        ends = [*(match.start() for match in found[1:]), len(text)]
        for match, end in zip(found[: len(found) - damaged], ends, strict=False):
            rows[path.parent.name, match[1].decode(), text[match.end() : end].removesuffix(b"\n").decode()] += 1
        pieces += damaged
    return rows, pieces


def _decoded(body: bytes) -> tuple[bytes, bool]:
    text = b""
    while body:
        decoder = zlib.decompressobj(31)
        text += decoder.decompress(body)
        if not decoder.eof:
            return text, True
        body = decoder.unused_data
    return text, False


def table_rows(files: str) -> Rows:
    """The rows that DuckDB finds, each checked to be in its day's partition."""
    read = f"(SELECT *, event_time AT TIME ZONE 'UTC' AS utc FROM read_parquet('{files}', hive_partitioning = true))"
    timestamped = "strftime(utc, '%Y-%m-%dT%H:%M:%S.%gZ')"
    return Counter(answer(f"SELECT log_stream, {timestamped}, raw FROM {read} WHERE dt = CAST(utc AS DATE)"))


def answer(sql: str) -> list[tuple[Any, ...]]:
    relation = duckdb.sql(sql)
    assert relation is not None
    return relation.fetchall()


def parquet_files(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*.parquet")}


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old") / "shop"
    write_exports(folder)
    return folder


@pytest.fixture(scope="module")
def converted(exports: Path) -> tuple[Path, dict[str, Any]]:
    """The output, and the document, of one run."""
    done = loglake("shop", "lake", "--json", cwd=exports.parent)
    assert done.returncode == 1, done.stderr
    cut = f"not in the table, but in quarantine: {TASK}/cut/000001.gz: it ends in the middle of a gzip member"
    assert cut in done.stderr
    return exports.parent / "lake", json.loads(done.stdout)


def test_every_event_is_a_row_or_in_quarantine(exports: Path, converted: tuple[Path, dict[str, Any]]) -> None:
    output, document = converted
    rows, pieces = expected_rows(exports)
    assert table_rows(f"{output}/shop/*/*.parquet") == rows
    counts = document["accounting"]
    assert (counts["rows_out"], counts["quarantined"], pieces) == (sum(rows.values()), 1, 1)
    assert counts["events_in"] == sum(rows.values()) + pieces
    assert document["objects"] == {"converted": 8, "converted_before": 0, "copies": 0}
    assert (document["table"], document["log_group"], document["format"]) == ("shop", "shop", "json")
    assert document["partitions"] == ["dt=2019-03-01", "dt=2019-03-02", "dt=2019-03-03"]
    (entry,) = [
        json.loads(line) for line in gzip.decompress(next(output.rglob("*.jsonl.gz")).read_bytes()).splitlines()
    ]
    assert entry["source"] == f"{TASK}/cut/000001.gz"
    assert {path.name for path in output.iterdir()} == {"shop", "_quarantine", "_converted", "_schema"}


def test_json_values_are_in_typed_columns(converted: tuple[Path, dict[str, Any]]) -> None:
    output, document = converted
    assert document["columns"] == {
        "n": "bigint", "user_id": "bigint", "took": "double", "name": "string",
    }  # fmt: skip
    query = f"SELECT raw, n, user_id, took, level FROM read_parquet('{output}/shop/*/*.parquet') WHERE raw LIKE '{{%'"
    for raw, *values in answer(query):
        event = json.loads(raw)
        assert values == [event["n"], event["user"]["id"], event["took"], "INFO"]


def test_a_second_run_changes_nothing(exports: Path, converted: tuple[Path, dict[str, Any]]) -> None:
    output, _ = converted
    before = parquet_files(output)
    done = loglake("shop", "lake", cwd=exports.parent)
    assert done.returncode == 1, done.stderr
    assert "of objects that were converted before, 1 stretch is not in the table, but in quarantine" in done.stdout
    assert "0 converted; skipped: 8 already converted" in done.stdout
    assert parquet_files(output) == before


def test_java_is_needed_for_spark_alone(exports: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "JAVA_HOME": "/nowhere"}
    done = loglake("shop", str(tmp_path / "lake"), cwd=exports.parent, env=environment)
    assert (done.returncode, "written" in done.stdout) == (1, True)
    done = loglake("shop", str(tmp_path / "other"), "--engine", "spark", cwd=exports.parent, env=environment)
    assert (done.returncode, "Spark does not start (" in done.stderr) == (2, True)


def test_what_cant_be_read_is_reported_and_the_rest_is_converted(tmp_path: Path) -> None:
    """A FIFO once made it hang, other unreadable objects once failed their bundle, and links brought in other files."""
    exports = tmp_path / "shop"
    write_exports(exports, events=80)
    os.mkfifo(exports / "fifo.gz")
    web = exports / TASK / "web-1"
    body = (web / "000001.gz").read_bytes()
    (web / "000001.gz").unlink()
    (web / "000001.gz").symlink_to("/etc/passwd")
    done = loglake("shop", "lake", "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert (done.returncode, document["objects"]["converted"], document["accounting"]["quarantined"]) == (1, 7, 1)
    assert len(document["failed"]) == 2
    assert f"not converted: {exports}/fifo.gz is a FIFO, not a file." in done.stderr
    assert f"not converted: {web}/000001.gz is a link, not a file." in done.stderr
    (web / "000001.gz").unlink()
    (web / "000001.gz").write_bytes(body)
    (exports / "fifo.gz").unlink()
    done = loglake("shop", "lake", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["objects"]["converted"]) == (1, 1)
    assert "of objects that were converted before, 1 stretch is not in the table" in done.stderr
    assert table_rows(f"{tmp_path}/lake/shop/*/*.parquet") == expected_rows(exports)[0]


@pytest.mark.parametrize("engine", ["pool", pytest.param("spark", marks=pytest.mark.spark)])
def test_a_run_that_is_killed_or_stopped_is_made_good_by_the_next(
    exports: Path, converted: tuple[Path, dict[str, Any]], engine: str
) -> None:
    """The keys and bytes are the same in the end, with either engine."""
    output = exports.parent / f"disturbed-{engine}"
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)):
        stderr = disturb(exports, output, engine, number, status)
        assert parquet_files(output) == {}, number
        if status == 130:
            assert f"nothing was changed in {output}/shop: run the command again" in stderr
            assert "nothing is left running" in stderr
            assert "Traceback" not in stderr
    done = loglake("shop", output.name, "--engine", engine, cwd=exports.parent, env=dict(os.environ))
    assert done.returncode == 1, done.stderr
    assert parquet_files(output) == parquet_files(converted[0])
    assert not (output / "_staging").exists()


def disturb(exports: Path, output: Path, engine: str, number: signal.Signals, status: int) -> str:
    """Sends a signal to a run with Spark or workers, and checks that no process is left, and no file of a worker."""
    marker = str(output.with_name(f"home-{engine}-{number.name}"))
    temporary = output.with_name(f"temporary-{engine}-{number.name}")
    temporary.mkdir()

    def has_begun() -> bool:
        names = processes(f"HOME={marker}")
        return "java" in names if engine == "spark" else len(names) > 1

    with subprocess.Popen(
        [*LOGLAKE, "convert", exports.name, output.name, "--engine", engine],
        cwd=exports.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": marker, "TMPDIR": str(temporary)},
    ) as process:
        before = len(list(output.rglob("_converted/shop/*")))
        while len(list(output.rglob("_converted/shop/*"))) == before or not has_begun():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == status
    deadline = time.monotonic() + 20
    while processes(f"HOME={marker}"):  # if it was killed, its processes notice that themselves
        assert number is signal.SIGKILL
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if engine == "pool" or number is not signal.SIGKILL:
        assert not list(temporary.glob("loglake-*"))
    return stderr


def test_prefixes_of_one_bucket_are_input_and_output(
    exports: Path, converted: tuple[Path, dict[str, Any]], aws: EmbeddedAws, tmp_path: Path
) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="old")
    for path in exports.rglob("*"):
        if path.is_file():
            s3.put_object(Bucket="old", Key=f"backup/shop/{path.relative_to(exports)}", Body=path.read_bytes())
    environment = {**{name: os.environ[name] for name in ("PATH", "HOME")}, **aws.environment()}
    arguments = [
        "s3://old/backup/shop",
        "s3://old/lake/",
        "--log-group",
        "/app/shop",
        "--partition-by",
        "hour",
        "--json",
    ]
    done = loglake(*arguments, cwd=tmp_path, env=environment)
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert (document["table"], document["objects"]["converted"]) == ("app_shop", 8)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="old", Prefix="lake/")["Contents"]]
    tables = [
        pq.read_table(io.BytesIO(s3.get_object(Bucket="old", Key=key)["Body"].read())).select(["raw", "_source"])
        for key in keys
        if re.fullmatch(r"lake/app_shop/dt=2019-03-0\d/hour=\d\d/[^/_][^/]*\.parquet", key)
    ]
    got = Counter((row["_source"].split("/")[-2], row["raw"]) for table in tables for row in table.to_pylist())
    assert got == Counter((stream, raw) for (stream, _, raw) in expected_rows(exports)[0].elements())
    assert tables[0].column("_source")[0].as_py().startswith(f"backup/shop/{TASK}/")
    assert not [key for key in keys if key.startswith("lake/_staging/")]
    again = loglake(*arguments, cwd=tmp_path, env=environment)
    assert json.loads(again.stdout)["objects"] == {"converted": 0, "converted_before": 8, "copies": 0}


def test_one_file_is_converted_without_those_beside_it(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "app.log").write_text("2026-11-21 08:00:00 INFO one\n2026-11-21 08:00:01 INFO two\n")
    (logs / "app.log.1").write_text("2026-11-20 08:00:00 INFO before\n")
    done = loglake("logs/app.log", "lake", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = pq.read_table(tmp_path / "lake" / "app_log").to_pydict()
    assert (made["message"], made["log_stream"]) == (["one", "two"], ["app.log"] * 2)
    done = loglake("logs", "lake", "--log-group", "app.log", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["objects"] == {"converted": 1, "converted_before": 1, "copies": 0}


def test_times_that_are_made_up_change_the_exit_status_if_it_is_strict(tmp_path: Path) -> None:
    (tmp_path / "no.log").write_text("started\nstopped\n")
    (tmp_path / "some.log").write_text("[17] started\n[17] 2026/11/21 08:00:00.123 [INF] one\n" * 5)
    for name, arguments, status in (("no", ["--strict"], 1), ("no", [], 0), ("some", ["--strict"], 0)):
        done = loglake(f"{name}.log", f"lake{status}", "--json", *arguments, cwd=tmp_path)
        assert done.returncode == status, done.stderr
        assert json.loads(done.stdout)["plain_files"]["times_made_up"] == ({"no.log": 2} if name == "no" else {})


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with exports and a file, without AWS credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that an earlier test had
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.chdir(tmp_path)
    write_exports(tmp_path / "exports", events=8)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "datasets.yaml").write_text("datasets: [{log_groups: [/app], transform: 'shop.clean:clean'}]")
    (tmp_path / "empty").mkdir()
    (tmp_path / "lake" / "taken").mkdir(parents=True)
    (tmp_path / "lake" / "taken" / "precious").write_text("mine")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing", "lake"], "There is no folder or file .*nothing: give the one that holds the logs"),
        (["/dev/null", "lake"], "/dev/null is neither a folder nor a regular file"),
        (["empty", "lake"], "empty holds no exported objects"),
        (["exports", "exports"], "lies in INPUT"),
        (["exports", "exports/lake"], "lies in INPUT"),
        (["exports", ".", "--table", "exports"], "lies where OUTPUT has its own files"),
        (["exports", "file"], "file is a file: give a folder as OUTPUT"),
        (["exports", "file/lake"], "file is a file: give a folder as OUTPUT"),
        (["exports", "/proc/lake"], "/proc/lake can't be written"),
        (["exports", "lake", "--table", "taken"], "taken/precious, which no run of this command wrote"),
        (["exports", "lake", "--table", "My-Table"], "must be 1 to 128 of a-z, 0-9 and _"),
        (["exports", "lake", "--table", "_mine"], "take another name"),
        (["exports", "lake", "--log-group", " "], "--log-group needs the name"),
        (["exports", "lake", "--format", "xml"], "--format: 'xml' is not known: `loglake formats list` has all"),
        (["exports", "lake", "--format", "jsn"], r"--format: 'jsn' is not known: did you mean json\?"),
        (["exports", "lake", "--format", "regex"], "`loglake formats try` tries it, and prints the entry"),
        (["exports", "lake", "--format", "my.toml"], "--format my.toml is defined in a datasets file"),
        (["exports", "lake", "--datasets", "none.yaml"], "none.yaml can't be read"),
        (
            ["exports", "lake", "--datasets", "datasets.yaml"],
            "under `datasets:` in datasets.yaml, or name another one by --log-group",
        ),
        (
            ["exports", "lake", "--datasets", "datasets.yaml", "--log-group", "/app"],
            "shop.clean:clean: there is no .*shop/clean.py. The package has to be in the folder of the datasets",
        ),
        (["exports", "lake", "--engine", "hadoop"], "--engine takes pool or spark, not hadoop"),
        (["exports", "lake", "--master", "local[2]"], "--master is for Spark: add --engine spark"),
        (["exports", "lake", "--engine", "spark", "--workers", "2"], "--workers is for the pool: say --master"),
        (["exports", "lake", "--workers", "0"], "--workers takes a number from 1 on, not 0"),
        (["exports", "lake", "--partition-by", "week"], "--partition-by takes day or hour, not week"),
        (["exports", "lake", "--min-read-ratio", "1.5"], "--min-read-ratio takes a number from 0 to 1, not 1.5"),
        (["gs://bucket/exports", "lake"], "neither a folder nor an S3 prefix"),
        (["s3:///exports", "lake"], "is not an S3 URI"),
        (["", "lake"], "An empty path is not a place"),
        (["s3://old/exports", "lake"], "no AWS credentials found.*log in to AWS, or set AWS_PROFILE"),
        (["exports", "s3://new/lake"], "no AWS credentials found.*log in to AWS, or set AWS_PROFILE"),
        (["exports"], "Missing argument"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_status_2(alone: Path, arguments: list[str], said: str) -> None:
    before = sorted(alone.rglob("*"))
    done = CliRunner().invoke(app, ["convert", "--json", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert re.search(said, " ".join(done.stderr.split()))
    assert sorted(alone.rglob("*")) == before


def test_a_bucket_that_is_not_there_is_reported(alone: Path, aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    for arguments in (["s3://nowhere/exports", "lake"], ["exports", "s3://nowhere"]):
        done = CliRunner().invoke(app, ["convert", *arguments])
        assert done.exit_code == 2
        assert "There is no bucket nowhere: correct its name, or create it first" in done.stderr
    assert (alone / "exports").is_dir()


def test_a_profile_that_is_not_there_is_reported(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    done = CliRunner().invoke(app, ["convert", "s3://old/exports", "lake"])
    assert done.exit_code == 1
    assert "The config profile (gone) could not be found" in done.stderr
    assert (alone / "lake").is_dir()


def test_on_folders_nothing_of_aws_is_made(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglake.aws.session.boto3.client", lambda *_, **__: pytest.fail("a client was made"))
    done = CliRunner().invoke(app, ["convert", "exports", "lake", "--table", "taken"])
    assert done.exit_code == 2
    assert (alone / "lake" / "taken" / "precious").read_text() == "mine"


def test_one_large_file_shows_how_far_it_is_without_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "EVERY_S", 0.01)
    line = b"2026-11-21T10:00:00.000Z " + b"one line of many " * 10 + b"\n"
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(line * 150_000, 0))
    done = loglake("app.log.gz", "lake", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["accounting"]["rows_out"] == 150_000  # and nothing else
    far = re.findall(r"^Converting 1 object \.\.\. ([\d.]+) of ([\d.]+) MB, .* left$", done.stderr, re.MULTILINE)
    assert any(0 < float(through) < float(of) for through, of in far), done.stderr


def test_a_dry_run_says_what_is_read_as_which_format_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text('{"time": "2026-11-21T10:00:00Z", "user": 7}\n')
    asked = ("logs", "lake", "--log-group", "/app/shop")
    done = loglake(*asked, "--dry-run", cwd=tmp_path)
    assert (done.returncode, os.listdir(tmp_path)) == (0, ["logs"])
    for said in ("lake/app_shop", "/app/shop", "1 to be converted", "json", "user bigint", "nothing was changed"):
        assert said in done.stdout
    loglake(*asked, cwd=tmp_path)
    (tmp_path / "logs" / "b.log").write_text('{"time": "2026-11-21T10:00:00Z", "late": true}\n')
    (tmp_path / "logs" / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*")}
    done = loglake(*asked, "--dry-run", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (done.returncode, found["dry_run"], found["objects"]) == (
        1,  # as without --dry-run: one is no log
        True,
        {"converted": 1, "converted_before": 1, "copies": 0},
    )
    assert (found["format"], found["columns"]["late"]) == ("json", "boolean")
    assert found["skipped"] == {"c.png": "a PNG image"}
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "lake").rglob("*")} == before


def test_a_dry_run_leaves_a_killed_run_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("2026-11-21T10:00:00.000Z one\n")
    assert loglake("a.log", "lake", cwd=tmp_path).returncode == 0
    (file,) = (tmp_path / "lake" / "a_log").rglob("*.parquet")
    entry = json.loads(max((tmp_path / "lake" / "_converted" / "a_log").glob("*.json")).read_text())
    staged = tmp_path / "lake" / next(each["staged_key"] for each in entry["bundles"][0]["files"])
    staged.parent.mkdir(parents=True)
    file.rename(staged)  # as a run leaves it that was killed after its commit
    loglake("a.log", "lake", "--dry-run", cwd=tmp_path)
    assert (staged.exists(), file.exists()) == (True, False)
    loglake("a.log", "lake", cwd=tmp_path)
    assert file.exists()
