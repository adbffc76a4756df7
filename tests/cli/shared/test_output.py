"""Output: live on a terminal, plain lines elsewhere, and a report at the end."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from gluelocal.engine.state import Attempt
from gluelocal.engine.views import NodeView, RunView
from gluelocal.iam.access_report import AccessReport
from gluelocal.iam.record import RecordedCall
from loglake.core.accounting import Accounting
from loglake.core.schema.conversion import StagedFile
from loglake.pipelines.folder_convert.report import FolderReport
from loglake_cli.cli.shared.output import console, print_conversion, print_report
from loglake_cli.cli.shared.progress import run_tree
from loglake_cli.local.report import LocalRunReport, TableReport

pytestmark = pytest.mark.unit

TRIGGER = NodeView("TRIGGER", "start", "FIRED", started_ms=0, ended_ms=0, seconds=0.0)
EXPORT = NodeView("JOB", "export-logs", "RUNNING", "start", started_ms=0, seconds=3.2)
CONVERT = NodeView("JOB", "convert-logs", "WAITING", "start")
TABLE = TableReport("loglake", "app_shop", 1200, {"event_time": "timestamp", "n": "bigint", "raw": "string"}, 2)
GOOD = Accounting(events_in=1203, rows_out=1200, quarantined=3, rescued_values=7)


def run_of(*nodes: NodeView, status: str = "RUNNING") -> RunView:
    return RunView("log-export", "wr_1", status, {}, nodes, 0, None, 4.0, (), None)


def report_of(**changes: Any) -> LocalRunReport:
    ended = replace(EXPORT, state="SUCCEEDED", ended_ms=3200)
    whole = LocalRunReport(
        (run_of(TRIGGER, ended, status="COMPLETED"),), (TABLE,), GOOD, 1203, (), (), {}, "loglake-lake", 9.0
    )
    return replace(whole, **changes)


def terminal() -> tuple[Console, io.StringIO]:
    """A terminal, and its output."""
    out = io.StringIO()
    return Console(file=out, force_terminal=True, color_system=None, width=100, highlight=False), out


def file() -> tuple[Console, io.StringIO]:
    """A console that is not a terminal, and its output."""
    out = io.StringIO()
    return Console(file=out, width=100, highlight=False), out


def stripped(out: io.StringIO) -> str:
    """The output without trailing spaces."""
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def test_a_good_run_is_reported_without_problems() -> None:
    to, out = file()
    report = report_of()
    print_report(report, to)
    reported = out.getvalue()
    assert report.problems() == []
    assert "!" not in reported
    assert re.search(r"loglake\.app_shop +1,200 +2 +3: n bigint", reported)
    assert (
        "1,203 events in = 1,200 rows out + 3 quarantined + 0 duplicates + 0 out of window + 0 dropped; 7 rescued"
        in " ".join(reported.split())
    )


def test_a_narrow_terminal_cuts_no_name_and_breaks_no_number() -> None:
    out = io.StringIO()
    table = replace(TABLE, name="aws_lambda_of_all_the_teams_there_are", rows=1_234_567)
    print_report(report_of(tables=(TABLE, table)), Console(file=out, force_terminal=True, color_system=None, width=60))
    assert re.search(r"loglake\.app_shop +1,200\n", stripped(out))
    assert re.search(rf"loglake\.{table.name} +1,234,567\n", stripped(out))


def test_the_end_of_a_log_keeps_its_lines_and_their_indents() -> None:
    to, out = file()
    failed = replace(EXPORT, state="FAILED", error="KeyError: 'x'", log_tail=("Traceback", '  File "a.py"', "    x()"))
    to.print(run_tree(run_of(TRIGGER, failed), errors=True))
    shown = stripped(out)
    assert "├── KeyError: 'x'\n" in shown
    at = shown.index("└── Traceback") - shown.rindex("\n", 0, shown.index("└── Traceback")) + 3
    assert shown[shown.index("Traceback") :].splitlines()[:3] == [
        "Traceback",
        " " * at + '  File "a.py"',
        " " * at + "    x()",
    ]


def test_a_bad_run_says_what_is_wrong_with_it() -> None:
    to, out = file()
    report = report_of(loaded=1300, accounting=replace(GOOD, rows_out=1100), reasons={"not UTF-8": 1, "cut": 2})
    print_report(report, to)
    assert [line.strip() for line in out.getvalue().splitlines() if line.startswith("! ")] == [
        f"! the accounting does not balance: {report.accounting}",
        "! 1,300 events were loaded, but 1,203 came in",
        "! the accounting says 1,100 rows, but the tables have 1,200",
    ]
    assert "In s3://loglake-lake/quarantine/: 2 cut; 1 not UTF-8" in out.getvalue()


def test_one_failure_is_printed_once_with_its_log(tmp_path: Path) -> None:
    to, out = file()
    denied = "s3:PutObject on s3://lake/x: AccessDenied: User: assumed-role/convert-role/x is not authorized."
    attempt = Attempt("jr_1", 0, "FAILED", 0)
    (tmp_path / "jr_1.log").write_text(denied)
    failed = replace(CONVERT, state="FAILED", error=denied, log_tail=(denied,), attempts=(attempt,))
    skipped = replace(TRIGGER, name="after", state="SKIPPED")
    calls = [
        RecordedCall("convert-role", action, "arn:aws:s3:::lake/x", "no") for action in ("s3:PutObject", "s3:GetObject")
    ]
    report = report_of(
        runs=(run_of(TRIGGER, failed, skipped),),
        unfinished=tuple(f"/app/shop hour {hour} is EXPORTED" for hour in range(4)),
        accounting=replace(GOOD, events_in=0, rows_out=0, quarantined=0),
        tables=(),
        access=AccessReport(tuple((call, 1) for call in calls), (), ()),
        logs=tmp_path,
    )
    print_report(report, to)
    shown = out.getvalue()
    assert [line for line in shown.splitlines() if line.startswith(("!", "  Its"))] == [
        f"! job convert-logs of log-export is FAILED: {denied}",
        f"  Its log: less {tmp_path}/jr_1.log",
        "! 4 windows not converted, such as /app/shop hour 0 is EXPORTED",
        "! the role convert-role may not do s3:GetObject on arn:aws:s3:::lake/x, no",
    ]
    assert shown.count(denied) == 1
    assert "IAM:" not in shown


def test_a_conversion_reports_what_it_wrote_and_what_it_did_not() -> None:
    to, out = file()
    columns = {f"c{number}": "string" for number in range(9)}
    accounting = Accounting(events_in=10, rows_out=8, quarantined=2)
    report = FolderReport(
        "shop", "/app/shop", 3, 1, 2, "json", columns, (), accounting, {"cut": 2}, ("a/b.gz can't be read",)
    )
    print_conversion(report, "lake/", to)
    reported = stripped(out)
    assert re.search(r"table +lake/shop\n", reported)
    assert re.search(r"objects +2 converted; skipped: 3 already converted, 1 copy", reported)
    assert re.search(r"columns +9: c0 string, .*c7 string, \.\.\.", " ".join(reported.split()))
    assert re.search(r"quarantine +lake/_quarantine/shop: 2 cut", reported)
    assert re.search(r"quarantined +2\n", reported)
    assert any(line.startswith("! ") and "a/b.gz can't be read" in line for line in reported.splitlines())


def test_one_of_a_kind_is_reported_as_one() -> None:
    to, out = file()
    written = (StagedFile("staged/a", "t/dt=2026-11-20/a.parquet", 1, 2_000_000, "dt=2026-11-20"),)
    print_conversion(FolderReport("shop", "/app/shop", 0, 0, 1, "json", {}, written), "lake", to)
    assert re.search(r"written +1 file, 1 partition, 2\.00 MB\n", stripped(out))


def test_a_run_without_a_row_shows_no_empty_table() -> None:
    to, out = file()
    print_report(report_of(tables=(), accounting=Accounting(), loaded=0), to)
    assert "No table: nothing became rows." in out.getvalue()
    assert "partitions" not in out.getvalue()


def test_a_conversion_with_nothing_to_do_names_no_format() -> None:
    to, out = file()
    print_conversion(FolderReport("shop", "/app/shop", 4, 0), "s3://lake/x", to)
    reported = stripped(out)
    assert re.search(r"table +s3://lake/x/shop\n", reported)
    assert re.search(r"objects +0 converted; skipped: 4 already converted\n", reported)
    assert "format" not in reported
    assert "_quarantine" not in reported


def test_without_a_terminal_columns_says_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("sys.__stdout__", None)
    assert console().width == 110
    monkeypatch.setenv("COLUMNS", "60")
    assert console().width == 60
