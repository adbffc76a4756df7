"""A kept run: objects as files, the catalog as JSON, and nobody else's files replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from athena_duckdb.errors import ConfigError
from gluelocal.cloud.embedded_aws import EmbeddedAws
from gluelocal.kept.keep import check_replaceable, export_stack, file_paths, tables_to_lose
from gluelocal.kept.lock import make_private
from gluelocal.kept.restore import kept_runs, restore_stack

pytestmark = pytest.mark.local


def tree(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def objects(aws: EmbeddedAws, bucket: str, **contents: bytes) -> None:
    aws.client("s3").create_bucket(Bucket=bucket)
    for key, body in contents.items():
        aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def test_every_object_is_a_file(aws: EmbeddedAws, tmp_path: Path) -> None:
    objects(aws, "lake", **{"tables/app/dt=2026-11-21/ü.parquet": b"1", "x": b"2" * 3_000_000, "empty": b""})
    objects(aws, "raw")
    export_stack(aws, tmp_path / "kept" / "run")

    kept = tree(tmp_path / "kept" / "run")
    assert kept["lake/tables/app/dt=2026-11-21/ü.parquet"] == b"1"
    assert kept["lake/x"] == b"2" * 3_000_000
    assert kept["lake/empty"] == b""
    assert (tmp_path / "kept" / "run" / "raw").is_dir()
    assert [p.name for p in (tmp_path / "kept").iterdir()] == ["run"]


def test_listings_of_many_objects_are_followed(
    aws: EmbeddedAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")  # moto reads it at each listing
    objects(aws, "lake", **{f"k{number}": b"x" for number in range(8)})
    export_stack(aws, tmp_path / "run")

    assert len(list((tmp_path / "run" / "lake").iterdir())) == 8


def test_the_catalog_is_kept_as_the_api_gives_it(aws: EmbeddedAws, glue: Any, tmp_path: Path) -> None:
    glue.create_database(DatabaseInput={"Name": "logs"})
    descriptor = {"Columns": [{"Name": "a", "Type": "bigint"}], "Location": "s3://lake/tables/app/"}
    table = {"Name": "app", "StorageDescriptor": descriptor, "PartitionKeys": [{"Name": "dt", "Type": "string"}]}
    glue.create_table(DatabaseName="logs", TableInput=table)
    glue.create_partition(
        DatabaseName="logs", TableName="app", PartitionInput={"Values": ["1"], "StorageDescriptor": descriptor}
    )
    export_stack(aws, tmp_path / "run")

    catalog = json.loads((tmp_path / "run" / "catalog.json").read_text())
    assert [database["Name"] for database in catalog["databases"]] == ["logs"]
    assert catalog["tables"][0]["StorageDescriptor"]["Columns"] == [{"Name": "a", "Type": "bigint"}]
    assert catalog["tables"][0]["DatabaseName"] == "logs"
    assert (catalog["partitions"][0]["TableName"], catalog["partitions"][0]["Values"]) == ("app", ["1"])


def test_a_run_without_rows_is_not_to_replace_one_with_tables(aws: EmbeddedAws, glue: Any, tmp_path: Path) -> None:
    assert tables_to_lose(aws, tmp_path / "run", "tables/") == ""
    objects(aws, "lake", **{"tables/app/dt=2026-11-21/a.parquet": b"1"})
    export_stack(aws, tmp_path / "run")
    aws.client("s3").delete_object(Bucket="lake", Key="tables/app/dt=2026-11-21/a.parquet")
    assert tables_to_lose(aws, tmp_path / "run", "tables/") == ""  # what is kept has no table

    glue.create_database(DatabaseInput={"Name": "logs"})
    for number in range(7):
        glue.create_table(DatabaseName="logs", TableInput={"Name": f"app_{number}"})
    export_stack(aws, tmp_path / "run")
    said = f"Nothing became rows, so {tmp_path / 'run'} still has the run before, with its tables app_0, app_1, "
    assert tables_to_lose(aws, tmp_path / "run", "tables/") == f"{said}app_2, app_3, app_4 and 2 more."
    aws.client("s3").put_object(Bucket="lake", Key="tables/app/dt=2026-11-21/a.parquet", Body=b"1")
    assert tables_to_lose(aws, tmp_path / "run", "tables/") == ""


def test_binary_values_of_a_table_come_back(aws: EmbeddedAws, tmp_path: Path) -> None:
    dynamodb, inner = aws.client("dynamodb"), {"digest": {"B": b"\xfe"}, "name": {"S": "b"}}
    item = {"pk": {"S": "a"}, "packed": {"B": b"\x00\xff"}, "current": {"M": inner}}
    dynamodb.create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName="ledger", Item=item)
    export_stack(aws, tmp_path / "kept")
    dynamodb.delete_item(TableName="ledger", Key={"pk": {"S": "a"}})
    restore_stack(aws, tmp_path / "kept")
    assert dynamodb.scan(TableName="ledger")["Items"] == [item]


def test_a_run_replaces_the_run_before(aws: EmbeddedAws, tmp_path: Path) -> None:
    objects(aws, "lake", old=b"1")
    export_stack(aws, tmp_path / "run")
    aws.client("s3").delete_object(Bucket="lake", Key="old")
    aws.client("s3").put_object(Bucket="lake", Key="new", Body=b"2")
    export_stack(aws, tmp_path / "run")

    assert [p.name for p in (tmp_path / "run" / "lake").iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_runs_of_before_are_kept_where_the_stack_had_none(aws: EmbeddedAws, tmp_path: Path) -> None:
    run = {"Id": "jr_1", "JobRunState": "TIMEOUT"}
    export_stack(aws, tmp_path / "run", {"loglake-convert-logs": [run]})
    assert kept_runs(tmp_path / "run") == {"loglake-convert-logs": [run]}
    export_stack(aws, tmp_path / "run")
    assert kept_runs(tmp_path / "run") == {}


def test_an_empty_folder_may_be_replaced(aws: EmbeddedAws, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    export_stack(aws, tmp_path / "run")

    assert (tmp_path / "run" / "catalog.json").is_file()


def test_a_run_that_breaks_off_leaves_the_one_before(aws: EmbeddedAws, tmp_path: Path) -> None:
    objects(aws, "lake", old=b"1")
    export_stack(aws, tmp_path / "run")
    before = tree(tmp_path / "run")

    class Broken:
        """Fails after the buckets are written."""

        region = aws.region
        account_id = aws.account_id

        def client(self, service: str) -> Any:
            if service == "glue":
                raise ConnectionError("gone")
            return aws.client(service)

    with pytest.raises(ConnectionError):
        export_stack(Broken(), tmp_path / "run")
    assert tree(tmp_path / "run") == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_files_that_no_run_made_are_not_replaced(aws: EmbeddedAws, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "home")

    with pytest.raises(ConfigError, match="files that no run made"):
        export_stack(aws, tmp_path / "home")
    with pytest.raises(ConfigError, match="is not a folder"):
        export_stack(aws, tmp_path / "file")
    with pytest.raises(ConfigError, match="is not a folder"):
        check_replaceable(tmp_path / "link")
    assert (tmp_path / "home" / "thesis.txt").read_text() == "mine"


def test_a_folder_that_can_not_be_made_is_reported(aws: EmbeddedAws, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="name another folder"):
        export_stack(aws, tmp_path / "file" / "run")


@pytest.mark.parametrize("name", ["file/run", "file/a/run", "n" * 300, "n" * 252, "a/" + "n" * 300])
def test_a_folder_that_can_not_be_made_is_reported_before_a_run(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"can't be written \(.+\): name another folder"):
        check_replaceable(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_where_nobody_can_write_is_reported_before_a_run() -> None:
    with pytest.raises(ConfigError, match=r"/proc/x/y can't be written"):
        check_replaceable(Path("/proc/x/y"))


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits don't bind root")
def test_a_folder_without_permission_is_reported_before_a_run(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(ConfigError, match="can't be written"):
        check_replaceable(closed / "run")


def test_logs_that_can_not_be_made_are_reported_before_a_run(tmp_path: Path) -> None:
    (tmp_path / "run-logs").write_text("mine")
    with pytest.raises(ConfigError, match=r"run-logs.+: name another folder"):
        check_replaceable(tmp_path / "run")
    assert (tmp_path / "run-logs").read_text() == "mine"


def test_the_folder_that_a_run_is_in_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="below it"):
        check_replaceable(Path())


def test_asking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run-logs").mkdir()
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "run", tmp_path / "a" / "b" / "run", Path("run"), Path("a/../run"), Path(".loglake/local")):
        check_replaceable(path)
    assert [p.name for p in tmp_path.rglob("*")] == ["run-logs"]


@pytest.fixture
def lax() -> Iterator[None]:
    """A user with an umask that lets everybody read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


@pytest.mark.usefixtures("lax")
def test_what_is_kept_is_for_the_user_alone(aws: EmbeddedAws, tmp_path: Path) -> None:
    objects(aws, "lake", x=b"1")
    run = tmp_path / "new" / "deep" / "run"
    export_stack(aws, run)
    assert [mode(path) for path in (run, run.parent, run.parent.parent)] == ["0o700"] * 3
    run.chmod(0o755)  # as earlier versions left it
    export_stack(aws, run)
    assert mode(run) == "0o700"


@pytest.mark.usefixtures("lax")
def test_a_folder_above_that_is_there_stays_as_it_is(aws: EmbeddedAws, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    export_stack(aws, tmp_path / "shared" / "run")
    assert (mode(tmp_path / "shared"), mode(tmp_path / "shared" / "run")) == ("0o777", "0o700")


@pytest.mark.usefixtures("lax")
def test_folders_become_private_and_those_above_only_if_they_are_new(tmp_path: Path) -> None:
    (tmp_path / "old" / "logs").mkdir(parents=True)
    for folder in (tmp_path / "old" / "logs", tmp_path / "old" / "more" / "logs"):
        for _ in range(2):
            make_private(folder)
            assert mode(folder) == "0o700"
    assert mode(tmp_path / "old") == "0o777"
    assert mode(tmp_path / "old" / "more") == "0o700"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_logs_do_not_go_into_a_folder_of_another_user(tmp_path: Path) -> None:
    (tmp_path / "run-logs").mkdir()
    os.chown(tmp_path / "run-logs", 65534, 65534)
    with pytest.raises(ConfigError, match=r"run-logs belongs to another user.+: name another folder"):
        check_replaceable(tmp_path / "run")


ODD = [
    *("a", "a/", "a/b", "a//b", "a//", "..", "../../x", "./x", "/", "/etc/passwd", "%2E%2E", "%2E%2E/x", "a/%2F"),
    *("a%2F", "n\0ul", "long" * 100, "long" * 100 + "er", "long" * 100 + "/x"),
]


def assert_safe(keys: list[str]) -> dict[str, str]:
    paths = dict(file_paths(keys))
    assert sorted(paths) == sorted(keys)
    chosen = set(paths.values())
    assert len(chosen) == len(keys)
    for path in chosen:
        parts = path.split("/")
        assert not path.startswith("/")
        assert not {"", ".", ".."} & set(parts)
        assert "\0" not in path
        assert all(len(part.encode()) <= 255 for part in parts)
        assert not chosen & {str(parent) for parent in PurePosixPath(path).parents}
    return paths


def test_keys_that_are_no_file_names_stay_inside_and_apart() -> None:
    paths = assert_safe(ODD)

    assert paths["a/b"] == "a/b"
    assert dict(file_paths(["a", "a/b", "c/", ".."])) == {"a": "a%2F", "a/b": "a/b", "c/": "c/%2F", "..": "%2E%2E"}


def test_odd_keys_are_written(tmp_path: Path, aws: EmbeddedAws) -> None:
    keys = ["a/b", "a/", "a/b/c", "../up", "x//y"]
    objects(aws, "lake", **{key: key.encode() for key in keys})
    export_stack(aws, tmp_path / "run")

    assert sorted(tree(tmp_path / "run" / "lake").values()) == sorted(key.encode() for key in keys)
    assert not (tmp_path / "run" / "up").exists()


@given(st.lists(st.text(alphabet="ab./%2EF0", min_size=1, max_size=8), unique=True))
def test_any_keys_are_safe(keys: list[str]) -> None:
    paths = assert_safe(keys)

    folders = {key[:at] for key in keys for at, letter in enumerate(key) if letter == "/"}
    for key in keys:
        if not {"", ".", ".."} & set(key.split("/")) and key not in folders:
            assert paths[key] == key


@pytest.mark.parametrize("next_run", ["export", "check"])
def test_what_a_killed_run_was_writing_is_removed_by_the_next_one(
    aws: EmbeddedAws, tmp_path: Path, next_run: str
) -> None:
    code = (
        "import os, sys; from gluelocal.temporary import TemporaryFolder; "
        "folder = TemporaryFolder('keep', sys.argv[1]); os.mkdir(folder.name + '/fresh'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    (left,) = tmp_path.iterdir()
    assert (left / "fresh").is_dir()
    (tmp_path / ".run-mine").mkdir()  # it only looks like one
    if next_run == "export":
        export_stack(aws, tmp_path / "run")
    else:
        check_replaceable(tmp_path / "run")
    assert not left.exists()
    assert (tmp_path / ".run-mine").is_dir()
