"""Reports about handled requests."""

from __future__ import annotations

import pytest

from loglake.core.requests.requests import RequestReport, report_key

pytestmark = pytest.mark.unit


def test_a_report_is_written_and_read() -> None:
    report = RequestReport(("/app/a: gone",), ("/app/b: nothing there",))
    assert RequestReport.from_body(report.to_body("requests/requested/1")) == report
    assert report
    assert not RequestReport()


def test_a_sentence_is_said_once_however_often_a_request_is_planned() -> None:
    once, again = RequestReport(("a",), ("n",)), RequestReport(("b", "a"), ("n", "m"))
    assert once.and_also(again) == RequestReport(("a", "b"), ("n", "m"))


def test_its_key_is_beside_the_handled_request_and_never_too_long() -> None:
    assert report_key("requests/requested/1.json") == "handled/requested/1.json.report.json"
    assert len(report_key("requests/requested/" + "x" * 1000)) < 1024
