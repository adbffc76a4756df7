"""The API: doctests, the page, types, errors, and what stays true on Glue."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import loglake
from loglake.errors import ConfigError, LoglakeError
from loglake_cli import api

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[1]
LOG = "".join(
    f"2026-11-20T10:00:0{second}Z {text}\n" for second, text in enumerate(("INFO added", "ERROR no stock", "INFO sold"))
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app.log").write_text(LOG)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was converted in a thread, as a server would."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "app.log").write_text(LOG)
    thread = threading.Thread(target=loglake.convert, args=(folder / "app.log", folder / "lake"))
    thread.start()
    thread.join()
    return folder / "lake"


@pytest.mark.parametrize("module", [loglake, api])
def test_examples_run_as_they_are_written(module: Any) -> None:
    finder, runner = doctest.DocTestFinder(exclude_empty=True), doctest.DocTestRunner()
    names = {name: getattr(api, name) for name in loglake.__all__}
    examples = [each for each in finder.find(module, "loglake", module, dict(names)) if each.examples]
    for each in sorted(examples, key=lambda found: found.lineno or 0):
        runner.run(each)
    assert runner.failures == 0
    assert runner.tries >= 3


def test_the_page_runs_as_it_is_written(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "start" / "python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 4
    scope: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "python.md", "exec"), scope)
    assert scope["errors"].table.to_pydict() == {"level": ["ERROR", "INFO"], "events": [1, 2]}
    assert scope["rows"].column("message").to_pylist() == ["added", "no stock", "sold"]
    assert scope["convert_logs"]("app.log", "of_airflow") == 3
    assert scope["convert_logs"]("app.log", "of_airflow") == 0
    scope["test_the_shop_logs_no_errors"](tmp_path)


def test_a_time_is_a_text_or_a_datetime_and_bounds_are_half_open(lake: Path) -> None:
    assert loglake.tables(lake) == ["app_log"]
    second = datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC)
    for from_, to in ((second, second.replace(second=2)), ("2026-11-20T10:00:01", "2026-11-20T10:00:02Z")):
        found = loglake.read(lake, "app_log", columns=["message"], from_=from_, to=to)
        assert found.to_pylist() == [{"message": "no stock"}]
    assert loglake.read(lake, "app_log").schema.field("event_time").type == pa.timestamp("ms")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda _: loglake.convert("nothing.log", "lake"), "There is no folder or file"),
        (lambda _: loglake.convert("app.log", "lake", format="jsn"), "did you mean json"),
        (lambda _: loglake.query("SELECT 1", "nowhere"), "there is no folder"),
        (lambda _: loglake.query("SELECT 1"), "there is no local run"),
        (lambda lake: loglake.query("SELEC 1", lake), "SYNTAX_ERROR"),
        (lambda lake: loglake.query("SELECT 1", lake, dialect="mysql"), "dialect is athena or duckdb"),
        (lambda lake: loglake.read(lake, "nope"), "TABLE_NOT_FOUND"),
        (lambda lake: loglake.read(lake, "app_log", columns=['x" FROM y --']), 'x"" FROM y --'),
        (lambda lake: loglake.read(lake, "app_log", from_="tomorrow"), "is not a time"),
    ],
)
def test_errors_are_those_of_the_commands(lake: Path, call: Any, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as refused:
        call(lake)
    assert isinstance(refused.value, LoglakeError)
    assert capfd.readouterr() == ("", "")


def _python(program: str, *flags: str) -> str:
    done = subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_importing_it_imports_nothing_else_and_takes_no_time() -> None:
    program = (
        "import sys, time; before = set(sys.modules); start = time.process_time(); import loglake; "
        "took = time.process_time() - start; new = set(sys.modules) - before; "
        "print(took < 0.2, sorted(name for name in new if name.partition('.')[0] not in sys.stdlib_module_names)); "
        "print(set(loglake.__all__) <= set(dir(loglake)), 'pyarrow' in sys.modules)"
    )
    first, second = _python(program).splitlines()
    assert first == "True ['loglake']"
    assert second == "True False"


def test_on_glue_the_package_has_no_api_and_says_so() -> None:
    program = (
        "import sys; sys.modules['loglake_cli'] = None\n"
        "class Gone:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'loglake_cli': raise ModuleNotFoundError(name, name=name)\n"
        "del sys.modules['loglake_cli']; sys.meta_path.insert(0, Gone())\n"
        "import loglake, loglake.config\n"
        "print(hasattr(loglake, 'convert'))\n"
        "try: loglake.query\n"
        "except AttributeError as error: print(error)\n"
    )
    assert _python(program).splitlines() == [
        "False",
        "loglake.query is in the wheel `loglake`, and not in the one for Glue",
    ]


def test_the_names_of_the_types_are_those_of_the_package() -> None:
    stub = (ROOT / "glue_jobs" / "loglake" / "__init__.pyi").read_text()
    assert re.findall(r" as (\w+)", stub) == loglake.__all__ == api.__all__


def test_a_type_checker_of_a_user_sees_the_types(tmp_path: Path) -> None:
    (tmp_path / "uses.py").write_text(
        "import loglake\n"
        "reveal_type(loglake.convert('a', 'b').accounting.rows_out)\n"
        "reveal_type(loglake.tables('lake'))\n"
        "reveal_type(loglake.query('SELECT 1').bytes_read)\n"
        "loglake.query(1)\n"
    )
    command = [sys.executable, "-m", "mypy", "--config-file", "", "--cache-dir", str(tmp_path / "cache"), "uses.py"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    seen = [kind.replace("builtins.", "") for kind in re.findall(r'Revealed type is "(.*)"', said)]
    assert seen == ["int", "list[str]", "int"]
    assert 'uses.py:5: error: Argument 1 to "query" has incompatible type "int"' in said


def test_an_answer_says_what_it_lacks_or_that_this_is_unknown(lake: Path) -> None:
    missing = loglake.query("SELECT count(*) AS n FROM app_log", lake).missing
    assert missing.complete is None
    assert missing.sentences() == ["Whether anything is missing is unknown: this lake has no ledger."]
    assert loglake.query("SHOW TABLES", lake).missing.complete is True
