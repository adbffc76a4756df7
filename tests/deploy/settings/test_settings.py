"""Settings files, and the message for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglake.errors import ConfigError
from loglake_cli.deploy.settings.settings import Settings, read_settings
from loglake_cli.operations.deploying.blueprints import OPTIONAL, parameters_of_all

pytestmark = pytest.mark.unit


def read(folder: Path, text: str) -> Settings:
    path = folder / "loglake.yaml"
    path.write_text(text)
    return read_settings(path, parameters_of_all(), OPTIONAL)


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read(folder, text)
    first, *lines = str(error.value).split("\n  ")
    assert first == f"the settings file {folder / 'loglake.yaml'} can't be used:"
    return lines


def test_all_that_a_file_can_say(tmp_path: Path) -> None:
    text = """
    prefix: trial
    account: "000000000012"
    region: eu-central-1
    datasets: sets/mine.yaml
    stacks: {streaming: on, query: off}
    parameters: {LagMinutes: 60, Compaction: off, RawExpiryDays: 090}
    tags: {team: data}
    shared_log_days: 30
    volume: {gb_per_day: 2.5}
    """
    assert read(tmp_path, text.replace("090", "90")) == Settings(
        prefix="trial",
        account="000000000012",
        region="eu-central-1",
        datasets=tmp_path / "sets" / "mine.yaml",
        stacks={"streaming": True, "query": False},
        parameters={"LagMinutes": "60", "Compaction": "off", "RawExpiryDays": "90"},
        tags={"team": "data"},
        shared_log_days=30,
        volume={"gb_per_day": 2.5},
    )


def test_an_empty_file_sets_no_parameter(tmp_path: Path) -> None:
    assert read(tmp_path, "# nothing") == Settings(parameters={})


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("prefx: x", "prefx is not a key: did you mean prefix?"),
        ("prefix: Loglake", "prefix is 2 to 16 of a-z, 0-9 and dashes, beginning with a letter, and not 'Loglake'."),
        ("account: 12", "account is an AWS account id of 12 digits, and not '12'."),
        ("region: Frankfurt", "region is the name of a Region, such as eu-central-1, and not 'Frankfurt'."),
        ("shared_log_days: 91", "shared_log_days is 0 or one of 1, 3, 5, 7, 14, 30, 60, 90, "),
        ("shared_log_days: [1]", "shared_log_days is 0 or one of 1, 3, 5, 7, 14, 30, 60, 90, "),
        ("datasets: [a, b]", "datasets is the name of one file."),
        ("stacks: query", "stacks has lines such as `query: on`."),
        ("stacks: {storage: off}", "stacks: storage can't be left out: take the line out."),
        ("stacks: {monitor: on}", "stacks: there is no stack monitor: did you mean monitoring?"),
        ("stacks: {query: yes}", "stacks: query is on or off, and not 'yes'."),
        ("parameters: [LagMinutes]", "parameters has lines such as `LagMinutes: 60`."),
        ("parameters: {lagminute: 60}", "parameters: no stack has a parameter lagminute: did you mean LagMinutes"),
        ("parameters: {Xyzzy: 1}", "parameters: no stack has a parameter Xyzzy."),
        ("parameters: {LagMinutes: [60]}", "parameters: LagMinutes has one value."),
        ("parameters: {LagMinutes: soon}", "parameters: LagMinutes is a number, and not 'soon'."),
        ("parameters: {LagMinutes: 9999}", "parameters: LagMinutes is 0 to 1440, and not 9999."),
        ("parameters: {CrawlMode: Always}", "parameters: CrawlMode is one of WhenNeeded, EveryRun, and not 'Always'."),
        ("parameters: {RawExpiryDays: 7}", "parameters: RawExpiryDays is off, or 60 to 9999; more than Raw"),
        (
            "parameters: {AlarmEmail: nobody}",
            "parameters: AlarmEmail is empty, or an e-mail address, and not",
        ),
        ("parameters: {WheelUri: s3://x}", "parameters: WheelUri can't be set here: loglake deploy gives it."),
        ("parameters: {RawBucket: mine}", "parameters: RawBucket can't be set here: it comes from another stack."),
        ("tags: {team: {}}", "tags: team has one value."),
        ("volume: 10", "volume has lines such as `gb_per_day: 10`."),
    ],
)
def test_each_mistake_is_a_sentence(tmp_path: Path, text: str, mistake: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert line.startswith(mistake)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, "prefx: x\nregion: here\nparameters: {LagMinutes: x, Lag: 1}")) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [("a: [", "is not YAML"), ("- a", "has no keys: it has prefix, account"), ("tags: {a: 1, a", "is not YAML")],
)
def test_what_is_no_settings_file_is_told(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, content)
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        read_settings(tmp_path / "nowhere.yaml", {}, ())
