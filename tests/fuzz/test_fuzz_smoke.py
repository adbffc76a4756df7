"""A short fuzz with fixed seeds finds planted faults and nothing else. `make fuzz` is the long one."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest

from fuzz.__main__ import main
from fuzz.case import Body, Case
from fuzz.convert import Convert
from fuzz.faults import FAULTS, die, hang
from fuzz.generate import make_case
from fuzz.session import Session
from fuzz.shrink import shrink
from fuzz.worker import Worker, judge

pytestmark = pytest.mark.unit

CASES = 50
SMALL_BYTES = 10_000
"""Raw objects of a case of the short run: what is larger takes seconds."""

TEXT = b"""no timestamp
2026-11-21T08:30:00.000Z {"a": 1, "b": 1.5, "message": "one"}
2026-11-21T08:30:01.000Z {"a": 2, "b": 2.5, "message": "two"}
2026-11-21T08:30:02.000Z plain
"""


def a_case() -> Case:
    return Case(1, (Body("web/a", gzip.compress(TEXT, mtime=0)),), cuts=((1 << 20,), (1,)))


def small_seeds() -> Iterator[int]:
    """The first seeds with small cases."""
    small = (seed for seed in count() if sum(len(body.data) for body in make_case(seed).bodies) <= SMALL_BYTES)
    return islice(small, CASES)


def test_random_cases_come_out_right(tmp_path: Path) -> None:
    said: list[str] = []
    session = Session(tmp_path, said.append, shrink_s=0)
    try:
        counts = session.run(small_seeds(), seconds=600)
    finally:
        session.close()
    assert not said, "\n".join(said)
    assert counts.cases == CASES


def test_a_seed_makes_the_same_case_each_time() -> None:
    assert make_case(7) == make_case(7)
    assert make_case(7) != make_case(8)


def test_a_case_is_the_same_after_its_file(tmp_path: Path) -> None:
    for seed in range(5):
        case = make_case(seed)
        case.save(tmp_path / "case.json")
        assert Case.load(tmp_path / "case.json") == case


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert judge(a_case()).finding is None


def test_a_byte_order_mark_before_each_document_is_no_finding() -> None:
    body = Body("s", gzip.compress(b'{"Records":[]}\xef\xbb\xbf{"Records":[', mtime=0))
    assert judge(replace(a_case(), bodies=(body,))).finding is None


OTLP = b"""2026-11-21T08:30:00.000Z {"resourceLogs": [{"resource": {"attributes": [{"key": "service.name", "value": \
{"stringValue": "shop"}}]}, "scopeLogs": [{"scope": {"name": "lib"}, "logRecords": [{"timeUnixNano": "1795249800123", \
"severityNumber": 13, "body": {"stringValue": "stock is low"}, "a": "b", "attributes": [{"key": "left", "value": \
{"intValue": "3"}}]}]}]}]}
"""


def test_what_an_export_of_opentelemetry_holds_may_be_anywhere_in_its_row() -> None:
    case = replace(a_case(), bodies=(Body("web/a", gzip.compress(OTLP, mtime=0)),))
    assert judge(case).finding is None
    finding = judge(case, FAULTS["a value is nulled"][0]).finding
    assert finding is not None
    assert finding.kind == "a value is lost"


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str) -> None:
    run, wanted = FAULTS[name]
    finding = judge(a_case(), run).finding
    assert finding is not None
    assert wanted in f"{finding.kind}: {finding.detail}"


@pytest.mark.parametrize(("run", "wanted"), [(hang, "hang in"), (die, "the process died in")])
def test_a_hang_and_a_dead_process_are_found_and_survived(run: Convert, wanted: str) -> None:
    worker = Worker(limit_s=2, run=run)
    try:
        for _ in range(2):
            finding = worker.judge(a_case()).finding
            assert finding is not None
            assert finding.kind.startswith(wanted)
            assert "faults.py" in finding.detail
    finally:
        worker.close()


def test_a_found_case_is_made_smaller_and_kept() -> None:
    run, _ = FAULTS["a value is rounded"]
    bodies = tuple(Body("s", gzip.compress(TEXT * 4, mtime=0)) for _ in range(3))

    def shows(case: Case) -> bool:
        finding = judge(case, run).finding
        return finding is not None and finding.kind == "a value is lost"

    small = shrink(Case(1, bodies), shows, seconds=2)
    assert len(small.bodies) == 1
    assert len(gzip.decompress(small.bodies[0].data)) < len(TEXT)


def test_a_case_can_be_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_case().save(tmp_path / "case.json")
    assert main(["--case", str(tmp_path / "case.json")]) == 0
    assert "Nothing is wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seconds", "soon"], "'soon' is not a number of seconds above 0"),
        (["--case", "nowhere"], "nowhere is not a file"),
    ],
)
def test_bad_usage_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_finding_is_said_and_kept(tmp_path: Path) -> None:
    said: list[str] = []
    session = Session(tmp_path, said.append, run=die, shrink_s=0)
    try:
        finding = session.check(a_case())
    finally:
        session.close()
    assert finding is not None
    assert Case.load(tmp_path / "seed-1.json") == a_case()
    assert session.counts.found == {finding.kind: (1, tmp_path / "seed-1.json")}
    assert "FOUND by seed 1" in said[0]
    assert "1 finding" in session.counts.summary()
