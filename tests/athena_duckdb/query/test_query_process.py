"""A query runs in a process that ends at its limits, and together with its caller."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from support.athena_duckdb.kept_runs import kept_app

from athena_duckdb.errors import ConfigError
from athena_duckdb.query import query_process
from athena_duckdb.query.athena import query
from athena_duckdb.query.query_bounds import Bounds
from athena_duckdb.query.query_messages import decoded, encoded

pytestmark = pytest.mark.local

ENDLESS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE (a.range + b.range) % 7 = 3"
LARGE = [
    "SELECT repeat('a', 4000000000)",
    "SELECT length(printf('%2000000000d', 1))",
    "SELECT lpad('a', 2000000000, 'b')",
    "SELECT list(range || 'x') FROM range(1000000000)",
]


SLOW = "SELECT count(DISTINCT (range * 7919) % 1000003) FROM range(30000000)"


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts the processes as they are, not forked."""
    monkeypatch.setattr(query_process, "subprocess", subprocess)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return kept_app(tmp_path / "kept")


def processes() -> dict[int, int]:
    """The running query processes, each with its parent."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(maxsplit=2) for line in listed.splitlines() if "query_child" in line]
    return {int(pid): int(parent) for pid, parent, _ in lines}


def children(parent: int) -> set[int]:
    return {pid for pid, above in processes().items() if above == parent}


def wait_for_child(parent: int) -> int:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if found := children(parent):
            return found.pop()
        time.sleep(0.05)
    raise AssertionError("no query began")


MEASURED = """
import resource, sys
from pathlib import Path
from athena_duckdb.errors import ConfigError
from athena_duckdb.query.athena import query
from athena_duckdb.query.query_bounds import Bounds
try:
    query(Path(sys.argv[1]), sys.argv[2], Bounds(memory_mb=100))
except ConfigError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("sql", LARGE)
def test_memory_is_bounded_whatever_takes_it(kept: Path, sql: str) -> None:
    """A small process starts the query: a child's memory before exec counts, and this process may have much."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(kept), sql], capture_output=True, text=True, check=True, timeout=120
    )
    said, peak_kb = done.stdout.splitlines()
    assert "needs more than 100 MB of memory: select fewer rows or columns, or shorter" in said
    assert int(peak_kb) <= 300 << 10
    assert not children(os.getpid())


@pytest.mark.parametrize("sql", LARGE[:1])
def test_memory_is_watched_if_the_system_has_no_limit(kept: Path, sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_process, "SYSTEM_LIMITS_MEMORY", False)
    with pytest.raises(ConfigError, match="needs more than 200 MB of memory"):
        query(kept, sql, Bounds(memory_mb=200))
    assert not children(os.getpid())
    assert query(kept, "SELECT n FROM app", Bounds(memory_mb=200)).rows == [(1,)]


@pytest.mark.parametrize("sql", [ENDLESS, "SELECT lpad('a', 2000000000, 'b')"])
def test_the_time_ends_what_no_interrupt_does(kept: Path, sql: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ConfigError, match=r"took longer than 1.5 s: ask for fewer days, such as with WHERE dt ="):
        query(kept, sql, Bounds(seconds=1.5))
    assert time.monotonic() - begun < 10
    assert not children(os.getpid())


def test_rows_are_left_out_and_that_is_said(kept: Path) -> None:
    cut = query(kept, "SELECT * FROM range(4)", Bounds(rows=3))
    assert (cut.rows, cut.more) == ([(0,), (1,), (2,)], True)
    assert not query(kept, "SELECT * FROM range(3)", Bounds(rows=3)).more
    assert len(query(kept, "SELECT * FROM range(2500)").rows) == 2500
    assert query(kept, "SELECT * FROM range(2500)", Bounds(rows=1200)).rows[-1] == (1199,)


def test_an_answer_is_bounded(kept: Path) -> None:
    with pytest.raises(ConfigError, match="its answer is larger than 1 MB: select fewer columns, or shorter values"):
        query(kept, "SELECT repeat('a', 2000000)", Bounds(answer_mb=1))
    with pytest.raises(ConfigError, match="its answer is larger than 1 MB"):
        query(kept, "SELECT repeat('a', 1000) FROM range(100000)", Bounds(answer_mb=1))
    assert len(query(kept, "SELECT repeat('a', 1000) FROM range(100000)", Bounds(rows=500, answer_mb=1)).rows) == 500


def test_a_query_that_is_killed_is_said_to_be(kept: Path) -> None:
    def kill() -> None:
        os.kill(wait_for_child(os.getpid()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ConfigError, match="was ended by SIGKILL, as it is if the machine is out of memory"):
        query(kept, ENDLESS, Bounds(seconds=120))
    killer.join()


def test_several_at_once(kept: Path) -> None:
    found: list[object] = []

    def ask(number: int) -> None:
        found.append(query(kept, f"SELECT n + {number} FROM app").rows)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == [f"[({number},)]" for number in (1, 2, 3, 4)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_the_process_that_asked(kept: Path, number: signal.Signals) -> None:
    program = (
        "import sys; from pathlib import Path; from athena_duckdb.query.athena import query; "
        "query(Path(sys.argv[1]), sys.argv[2])"
    )
    asking = subprocess.Popen([sys.executable, "-c", program, str(kept), ENDLESS], stderr=subprocess.DEVNULL)
    found = wait_for_child(asking.pid)
    time.sleep(1)  # until the query is half done
    assert found in processes()
    asking.send_signal(number)
    asking.wait(30)
    ended_by = time.monotonic() + 30
    while found in processes() and time.monotonic() < ended_by:
        time.sleep(0.05)
    assert found not in processes()


def test_values_come_as_they_are(kept: Path) -> None:
    sql = (
        "SELECT '2020-01-01'::TIMESTAMPTZ, '00000000-0000-0000-0000-000000000001'::UUID, INTERVAL 1 DAY, [1, NULL], "
        "{'a': 1}, MAP {'a': 1}, 1.50::DECIMAL(5, 2), DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00.5', "
        "'\\xFF'::BLOB, 170141183460469231731687303715884105727, 'a' || chr(0) || 'ü😀', '20000-01-01'::DATE"
    )
    (row,) = query(kept, sql).rows
    assert row[0] == datetime(2020, 1, 1, tzinfo=timezone.utc)
    assert row[1:7] == (UUID(int=1), timedelta(days=1), [1, None], {"a": 1}, {"a": 1}, Decimal("1.50"))
    assert row[7:10] == (date(2020, 1, 1), datetime(2020, 1, 1, 0, 0, 0, 500_000), b"\xff")
    assert row[10:] == (170141183460469231731687303715884105727, "a\0ü😀", "20000-01-01")


def test_a_message_is_values_and_nothing_that_runs() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert decoded(encoded("rows", [(zone, b"x", None)])) == ("rows", [(zone, b"x", None)])
    for what in (os.system, getattr, signal.SIGKILL):
        with pytest.raises(pickle.UnpicklingError, match="is not a value"):
            decoded(pickle.dumps(("rows", what)))


@pytest.mark.parametrize("sql", ["SELECT '\udcff'", "\ud800", "SELECT 1\0"])
def test_a_statement_that_is_no_text_gets_a_sentence(kept: Path, sql: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match=r"^The statement has "):
        query(kept, sql)
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_folder_that_is_no_text_gets_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="has no kept run"):
        query(tmp_path / os.fsdecode(b"\xff"), "SELECT 1")
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_query_that_takes_long_says_how_much_of_it_is_done(kept: Path) -> None:
    told: list[tuple[int, int]] = []
    assert query(kept, SLOW, on_part=lambda done, of: told.append((done, of))).rows == [(1000003,)]
    assert told
    assert all(0 <= done <= of == 100 for done, of in told)
    assert max(done for done, _ in told) > 0
