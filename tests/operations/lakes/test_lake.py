"""Which lake a text means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.athena_duckdb.kept_runs import kept_app
from support.deployments.operated import loglake

from gluelocal.kept.lock import keep_lock
from loglake.errors import ConfigError
from loglake_cli.operations.lakes.lake import Kind, find_lake, lake_option, run_folder

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with what `loglake convert` wrote, in lake, and a local run, in run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lake" / "_converted" / "app").mkdir(parents=True)
    (tmp_path / "lake" / "_converted" / "app" / "000001.json").write_text("{}")
    kept_app(tmp_path / "run")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("lake", Kind.CONVERTED, "the folder lake"),
        ("./lake/", Kind.CONVERTED, "the folder ./lake/"),
        ("run", Kind.RUN, "the local run in run"),
        ("aws:logs-2", Kind.DEPLOYED, "the deployment logs-2"),
    ],
)
def test_a_text_is_one_kind_of_lake(text: str, kind: Kind, shown: str) -> None:
    found = find_lake(text)
    assert (found.kind, str(found), found.option) == (kind, shown, f"--lake {text}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "there is no folder /.+/nothing. For a deployment of that prefix write --lake aws:nothing"),
        ("No such one", "there is no folder /.+/No such one.$"),
        ("file", "/file is a file: --lake takes a folder, s3://BUCKET/PREFIX or aws:PREFIX"),
        ("empty", "/empty has nothing of loglake: --lake takes what `loglake convert` wrote"),
        ("aws:", "names no deployment: write aws: and its prefix, such as aws:loglake"),
        ("aws:Not_one", "names no deployment"),
        ("gs://bucket/lake", "is neither a folder nor an S3 prefix"),
        ("", "An empty path is not a place"),
    ],
)
def test_what_is_no_lake_is_refused_with_what_is_one(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        find_lake(text)


def test_without_a_name_it_is_the_last_local_run(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"no local run in /.+/.loglake/local: make one with `loglake local run`"):
        find_lake()
    kept_app(folder / ".loglake" / "local")
    assert (find_lake().kind, find_lake().option) == (Kind.RUN, "")


def test_while_local_up_runs_it_says_how_to_ask_it(folder: Path) -> None:
    said = "set the variables that it printed, and add --lake aws:loglake and --yes"
    with keep_lock(folder / ".loglake" / "local"), pytest.raises(ConfigError, match=said):
        find_lake()
    with pytest.raises(ConfigError, match="no local run in"):
        find_lake()


def test_loglake_yaml_names_the_default(folder: Path) -> None:
    kept_app(folder / ".loglake" / "local")
    (folder / "loglake.yaml").write_text("prefix: logs\naccount: '123456789012'\nregion: eu-west-3\n")
    found = find_lake()
    assert (str(found), found.account, found.option) == ("the deployment logs in eu-west-3", "123456789012", "")
    assert find_lake("aws:logs") == found
    assert find_lake("aws:other").account == ""
    assert lake_option(".loglake/local") == "--lake .loglake/local"  # what a local run tells to type
    (folder / "loglake.yaml").write_text("prefix: No_prefix\n")
    with pytest.raises(ConfigError, match="prefix is 2 to 16 of a-z"):
        find_lake()


@pytest.mark.parametrize("text", ["aws:loglake", "s3://bucket/run"])
def test_a_local_run_is_kept_in_a_folder_alone(text: str) -> None:
    with pytest.raises(ConfigError, match="a local run is kept in a folder"):
        run_folder(text)
    for command in ("run", "up"):
        assert loglake("local", command, "--lake", text).exit_code == 2


def test_a_command_says_which_lake_it_took_unless_it_is_to_be_quiet() -> None:
    ask = ("query", "SELECT n FROM app", "--json", "--lake", "run")
    done = loglake(*ask)
    unknown = "loglake: Whether anything is missing is unknown: this lake has no ledger.\n"
    assert (json.loads(done.stdout), done.stderr) == ([{"n": 1}], f"Lake: the local run in run\n{unknown}")
    assert loglake(*ask, "--quiet").stderr == unknown
