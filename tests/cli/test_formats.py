"""`loglake formats`: from a log that nobody knows to a dataset that reads it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from kernels.formats.imports.test_lnav import TILLS
from support.deployments.operated import loglake

from loglake.core.schema.datasets import FORMATS
from loglake.kernels.formats.imports.names import LIBRARY
from loglake.kernels.formats.registry import FORMATS as REGISTERED

pytestmark = pytest.mark.unit

ALB = REGISTERED["alb"]
LINES = [
    "2026-11-21T08:30:00Z ERROR [AB-17] 0.25 no stock",
    "2026-11-21T08:30:01Z INFO [AB-18] 1 sold",
    "2026-11-21T08:30:02Z INFO [none] sold",
    "2026-11-21T08:30:03Z WARN [AB-19] 3 slow\n  of the database",
]
PATTERN = r"^%{TIMESTAMP_ISO8601:time} %{LOGLEVEL:level} \[%{ORDER:order}\] %{NUMBER:took_s} %{GREEDYDATA:message}"
GROK = ("--format", "grok", "--pattern", PATTERN.replace("%{ORDER:order}", "(?<order>[A-Z]{2}-%{INT})"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "shop.log"
    path.write_text("\n".join(LINES) + "\n")
    return path


def _tried(*arguments: str, status: int = 0) -> dict[str, Any]:
    done = loglake("formats", "try", *arguments, "--json")
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _columns(tried: dict[str, Any]) -> dict[str, tuple[str, int, str]]:
    return {each["name"]: (each["type"], each["filled"], each["example"]) for each in tried["columns"]}


def test_a_pattern_is_tried_until_it_fits(log: Path, tmp_path: Path) -> None:
    wrong = loglake("formats", "try", str(log), "--format", "grok", "--pattern", PATTERN)
    assert wrong.exit_code == 2
    assert "there is no Grok pattern 'ORDER'" in wrong.output
    tried = _tried(str(log), *GROK)
    assert (tried["events"], tried["read_as"], tried["share"]) == (4, {"grok": 3, "text": 1}, 0.75)
    assert tried["unread"] == [{"line": 3, "text": LINES[2]}]
    assert _columns(tried) == {
        "message": ("string", 4, "no stock"),
        "level": ("string", 4, "ERROR"),
        "time": ("timestamp", 3, "2026-11-21 08:30:00+00:00"),
        "order": ("string", 3, "AB-17"),
        "took_s": ("double", 3, "0.25"),
    }
    entry = {
        "log_groups": ["/app/shop"],
        "format": "grok",
        "pattern": PATTERN,
        "patterns": {"ORDER": "[A-Z]{2}-%{INT}"},
    }
    (tmp_path / "datasets.yaml").write_text(yaml.safe_dump({"datasets": [entry]}))
    assert _columns(_tried(str(log), "--datasets", str(tmp_path / "datasets.yaml"))) == _columns(tried)


def test_what_a_person_sees_has_the_counts_the_unread_lines_and_the_columns(log: Path) -> None:
    shown = loglake("formats", "try", str(log), *GROK).stdout
    assert f"{log}: 4 events, 75.0% read: grok 3, plain text 1." in shown
    assert "Plain text, since no format reads it:\nline 3  2026-11-21T08:30:02Z INFO [none] sold" in shown
    assert "took_s   double          3  0.25" in shown


def test_what_a_try_prints_makes_the_format_stay(log: Path) -> None:
    shown = loglake("formats", "try", str(log), *GROK).stdout
    entry = shown.partition("put this into datasets.yaml, with the name of your log group:\n\n")[2]
    (log.parent / "datasets.yaml").write_text(entry)
    (dataset,) = yaml.safe_load(entry)["datasets"]
    assert dataset["log_groups"] == [log.name]
    kept = _tried(str(log), "--datasets", str(log.parent / "datasets.yaml"))
    assert (_columns(kept), kept["keeps"]) == (_columns(_tried(str(log), *GROK)), "")
    assert "To keep it" not in loglake("formats", "try", str(log)).stdout


def test_a_pattern_that_is_left_out_is_said(tmp_path: Path) -> None:
    tills = json.loads(json.dumps(TILLS))
    tills["till_log"]["regex"]["ahead"] = {"pattern": "^(?<a>x)(?!y)"}
    (tmp_path / "till.json").write_text(json.dumps(tills))
    (tmp_path / "till.log").write_text("21.11.2026 08:30:00 E till=17 sum=x no paper\n")
    shown = loglake("formats", "try", str(tmp_path / "till.log"), "--format", str(tmp_path / "till.json")).stdout
    assert "1 event, 100.0% read: lnav 1." in shown
    assert "A pattern is left out, and what only it matches is plain text: file: till_log: regex ahead: " in shown


def test_a_pattern_that_reads_too_little_is_status_1(log: Path) -> None:
    tried = _tried(str(log), "--format", "grok", "--pattern", "nothing %{INT:x}", "--limit", "1", status=1)
    assert (tried["share"], len(tried["unread"])) == (0.0, 1)


def test_without_a_format_the_file_decides(tmp_path: Path) -> None:
    path = tmp_path / "access.log.gz"
    line = '192.0.2.2 - ana [21/Nov/2026:08:30:01 +0100] "GET /a HTTP/1.1" 200 17\n'
    path.write_bytes(gzip.compress(line.encode() * 3))
    tried = _tried(str(path))
    assert (tried["format"], tried["read_as"]) == ("auto", {"access_log": 3})
    assert _columns(tried)["status"] == ("bigint", 3, "200")


def test_a_layout_and_where_events_start(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("> INFO a\n2026-11-21 08:30:00 part of a\n> WARN b\n")
    options = ("--format", "log4j", "--pattern", "> %-5level %msg%n", "--multi-line-start-pattern", "^> ")
    tried = _tried(str(path), *options)
    assert (tried["events"], tried["read_as"]) == (2, {"log4j": 2})
    assert _columns(tried)["message"] == ("string", 2, "a\n2026-11-21 08:30:00 part of a")


def test_a_file_of_lnav_alone_and_in_a_datasets_file(tmp_path: Path) -> None:
    (tmp_path / "till.json").write_text(json.dumps(TILLS))
    (tmp_path / "till.log").write_text("21.11.2026 08:30:00 E till=17 sum=x no paper\n")
    (tmp_path / "datasets.yaml").write_text(
        "datasets: [{log_groups: [/a], format: json}, {log_groups: [/till], format: lnav, file: till.json}]"
    )
    one = _tried(str(tmp_path / "till.log"), "--format", str(tmp_path / "till.json"))
    datasets = ("--datasets", str(tmp_path / "datasets.yaml"))
    other = _tried(str(tmp_path / "till.log"), *datasets, "--log-group", "/till")
    assert (one["rescued"], one["columns"]) == (1, other["columns"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.log"], "There is no file none.log"),
        (["."], ". is a folder: give one file of it."),
        (["empty.log"], "empty.log has no event"),
        (["a.log", "--format", "xml"], "format: 'xml' is not known: `loglake formats list` has all"),
        (["a.log", "--pattern", "x"], "pattern: only the formats regex, grok take one"),
        (["a.log", "--format", "none.json"], "none.json can't be read"),
        (["a.log", "--datasets", "two.yaml"], "two.yaml has several entries: choose one by --log-group."),
        (
            ["a.log", "--datasets", "two.yaml", "--log-group", "/c"],
            "no dataset matches /c: add `- {table: c, log_groups: ['/c']}` under `datasets:` in two.yaml",
        ),
        (["a.log", "--datasets", "two.yaml", "--pattern", "x"], "--datasets says the format: leave out --pattern."),
        (["a.log", "--timezone", "Mars"], "--timezone Mars is not a time zone"),
    ],
)
def test_bad_usage_is_said(arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.log").write_text("")
    (tmp_path / "a.log").write_text("a\n")
    (tmp_path / "two.yaml").write_text("datasets: [{log_groups: [/a]}, {log_groups: [/b]}]")
    done = loglake("formats", "try", *arguments)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


@pytest.mark.parametrize(("width", "example"), [(120, True), (80, True), (50, False)])
def test_a_column_has_one_line_however_long_its_name_is(
    width: int, example: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    log = tmp_path / "long.log"
    log.write_text(json.dumps({"user" * 8: "a word " * 30, "other": "x" * 200}) + "\n")
    printed = loglake("formats", "try", str(log)).stdout.splitlines()
    at = next(at for at, line in enumerate(printed) if line.startswith("column "))
    assert ("example" in printed[at]) == example
    assert [line.split()[0] for line in printed[at + 1 :]] == ["message", "level", "user" * 8, "other"]
    assert max(map(len, printed[at:])) <= width


def test_all_formats_are_listed_and_each_is_shown() -> None:
    listed = json.loads(loglake("formats", "list", "--json").stdout)["formats"]
    names = [each["name"] for each in listed]
    assert {*names} == {*FORMATS} - {"auto"}
    assert "COMBINEDAPACHELOG" not in loglake("formats", "list").stdout
    for name in names:
        shown = json.loads(loglake("formats", "show", name, "--json").stdout)
        assert shown["title"]
        assert shown["example"]


def test_a_pattern_of_the_library_is_shown_with_its_fields() -> None:
    shown = json.loads(loglake("formats", "show", "SYSLOGLINE", "--json").stdout)
    assert shown["columns"] == {
        "timestamp": "string",
        "timestamp8601": "timestamp",
        "facility": "bigint",
        "priority": "bigint",
        "logsource": "string",
        "program": "string",
        "pid": "bigint",
        "message": "string",
    }
    assert json.loads(loglake("formats", "show", "grok", "--json").stdout)["patterns"] == [*LIBRARY]
    assert "lnav  A team's own" in loglake("formats", "show", "lnav").stdout


def test_an_unknown_name_has_names_near_it() -> None:
    done = loglake("formats", "show", "combindapachelog")
    assert (done.exit_code, "did you mean" in done.output, "COMBINEDAPACHELOG" in done.output) == (2, True, True)
    assert "`loglake formats list` has all" in loglake("formats", "show", "%%%").output


def test_a_format_of_the_library_is_a_start_for_ones_own(tmp_path: Path) -> None:
    definition = loglake("formats", "export", "alb").stdout
    assert definition in loglake("formats", "show", "alb").stdout
    own = tmp_path / "my.toml"
    own.write_text(definition.replace("[alb]", "[shop]").replace("{elb}", "{load_balancer}"))
    event = ALB.about.example
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "a.log"
    log.write_text(f"{event}\n")
    tried = _tried(str(log), "--format", str(own))
    assert _columns(tried)["load_balancer"] == ("string", 1, "app/web/50dc6c495c0c9188")
    datasets = tmp_path / "datasets.yaml"
    datasets.write_text("datasets: [{log_groups: [/shop], format: {file: my.toml}}]")
    arguments = ("--log-group", "/shop", "--datasets", str(datasets), "--json")
    done = loglake("convert", str(tmp_path / "logs"), str(tmp_path / "lake"), *arguments)
    assert done.exit_code == 0, done.output
    row = pq.read_table(next((tmp_path / "lake").rglob("*.parquet"))).to_pylist()[0]
    assert (row["load_balancer"], row["client_ip"], row["raw"]) == ("app/web/50dc6c495c0c9188", "192.0.2.10", event)


def test_a_broken_definition_names_its_file_and_the_place(tmp_path: Path, log: Path) -> None:
    own = tmp_path / "my.toml"
    own.write_text("[shop]\ntext = '{time:iso} {a:int}'\n")
    done = loglake("formats", "try", str(log), "--format", str(own))
    assert done.exit_code == 2
    assert "my.toml, line 2: shop.text: at character 12, before '{a:int}': 'int' is no kind" in flat(done.output)
    own.write_text("[shop]\ntext = 1 2\n")
    assert "my.toml: " in flat(loglake("formats", "try", str(log), "--format", str(own)).output)
    own.write_text("[a]\ntext = '{x}'\n[b]\ntext = '{x}'\n")
    done = loglake("formats", "try", str(log), "--format", str(own))
    assert "expected one table such as [shop] with a format, and it has 2" in flat(done.output)


def test_what_has_no_definition_is_said() -> None:
    done = loglake("formats", "export", "json")
    assert (done.exit_code, "the format json is read by code" in flat(done.output)) == (2, True)


def flat(text: str) -> str:
    return " ".join(text.split())


PRIVATE = ["GET /x from 10.1.2.3 by joe@example.com", "nothing", '{"card": 4111111111111111, "of": "ORD-12345678"}']


@pytest.fixture
def private(tmp_path: Path) -> Path:
    path = tmp_path / "shop.log"
    path.write_text("\n".join(PRIVATE) + "\n")
    return path


def test_values_are_counted_and_none_is_shown(private: Path) -> None:
    done = loglake("formats", "try", str(private), "--redact")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        f"{private}: 3 events, 2 with something to hide.",
        "Values: ip 1, email 1, card 1.",
        "line 1: GET /x from 0.0.0.0 by [email]",
        'line 3: {"card": "[card]", "of": "ORD-12345678"}',
    ]


def test_a_datasets_file_says_what_is_hidden(private: Path, tmp_path: Path) -> None:
    datasets = tmp_path / "datasets.yaml"
    datasets.write_text(
        "datasets:\n  - log_groups: [/app]\n    redact:\n      - {name: order, pattern: 'ORD-[0-9]+', action: drop}\n"
        "  - log_groups: [/other]\n"
    )
    asked = ("formats", "try", str(private), "--redact", "--datasets", str(datasets), "--log-group")
    found = json.loads(loglake(*asked, "/app", "--limit", "1", "--json").stdout)
    assert found["values"] == {"order": 1}
    assert found["examples"] == [{"line": 3, "text": '{"card": 4111111111111111, "of": ""}'}]
    refused = loglake(*asked, "/other")
    assert refused.exit_code == 2
    assert "this entry has no redact: add one, such as `redact: [email, card]`." in refused.stderr


def test_hashes_are_those_of_the_file_with_the_key_or_of_no_other_run(private: Path, tmp_path: Path) -> None:
    datasets, said = tmp_path / "datasets.yaml", "Hashes are made with a key for this command alone"
    hashes = "datasets: [{log_groups: [/app], redact: [{name: email, action: hash}]}]\nredact_key: "

    def tried(key: str) -> str:
        datasets.write_text(hashes + key)
        done = loglake("formats", "try", str(private), "--redact", "--datasets", str(datasets))
        assert "joe@" not in done.output
        return done.output

    assert "redact.key can't be read: No such file" in tried("{file: redact.key}")
    (tmp_path / "redact.key").write_text("k" * 32)
    assert tried("{file: redact.key}") == tried("{file: redact.key, secret: x}")
    assert said not in tried("{file: redact.key}")
    assert said in tried("{secret: x}")
    assert tried("{secret: x}") != tried("{secret: x}")


def test_a_wrong_pattern_is_a_sentence_with_its_place(private: Path, tmp_path: Path) -> None:
    datasets = tmp_path / "datasets.yaml"
    datasets.write_text("datasets:\n  - log_groups: [/app]\n    redact:\n      - {name: order, pattern: 'ORD-('}\n")
    refused = loglake("formats", "try", str(private), "--redact", "--datasets", str(datasets))
    assert refused.exit_code == 2
    assert f"{datasets}: dataset 1: redact: order: pattern: 'ORD-(': RE2" in " ".join(refused.stderr.split())
