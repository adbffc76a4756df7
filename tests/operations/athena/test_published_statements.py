"""The statements that AWS publishes for its services' logs run over loglake's tables, and give the right rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lakes.kept_formats import kept_formats
from support.yaml_files import read_yaml

from athena_duckdb.query.lake_tables import LakeTables
from athena_duckdb.sql.values import shown
from loglake_cli.aws_views.views import with_views

pytestmark = pytest.mark.local

FIXTURES = Path(__file__).parents[2] / "kernels" / "formats" / "fixtures"
PUBLISHED = read_yaml(Path(__file__).with_name("published_statements.yaml"))
STATEMENTS = {
    f"{page['source'].rstrip('/').rsplit('/', 1)[1]} {at}": each
    for page in PUBLISHED["pages"]
    for at, each in enumerate(page["statements"])
}
TRAIL = {
    "eventVersion": "1.11",
    "eventSource": "s3.amazonaws.com",
    "awsRegion": "eu-central-1",
    "sourceIPAddress": "192.0.2.50",
    "userAgent": "aws-cli/2.15",
    "requestID": "r",
    "eventType": "AwsApiCall",
}
FORMATS = ("vpc_flow", "alb", "nlb", "cloudfront", "s3_access", "cloudtrail", "waf", "route53_resolver")


def lines_of(name: str) -> str:
    """The format's own fixture, and the events of the file of statements."""
    more = []
    for at, event in enumerate(PUBLISHED["events"].get(name, [])):
        common = {**TRAIL, "eventID": f"e{at}"} if name == "cloudtrail" else {}
        more.append(event if isinstance(event, str) else json.dumps({**common, **event}, separators=(",", ":")))
    return (FIXTURES / f"{name}.log").read_text(encoding="utf-8").rstrip("\n") + "\n" + "\n".join(more) + "\n"


@pytest.fixture(scope="module", params=["keep", "omit"])
def kept(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """What is kept of tables whose rows all have `raw`, or none has it."""
    lines = {f"my_{name}": lines_of(name) for name in FORMATS}
    return kept_formats(tmp_path_factory.mktemp("published"), lines, day=None, omit=request.param == "omit")


@pytest.fixture(scope="module")
def tables(kept: Path) -> Iterator[LakeTables]:
    with LakeTables(kept, add_views=with_views) as opened:
        yield opened


@pytest.mark.parametrize("expected", STATEMENTS.values(), ids=STATEMENTS)
def test_a_published_statement_runs_unchanged(tables: LakeTables, expected: dict[str, Any]) -> None:
    found = tables.select_as_athena(expected["sql"])
    assert found.columns
    rows = [row for batch in found.batches for row in batch]
    if "rows" in expected:
        as_text = [tuple(map(shown, row)) for row in rows]
        wanted = [tuple(None if value is None else str(value) for value in row) for row in expected["rows"]]
        assert sorted(as_text, key=str) == sorted(wanted, key=str)
    elif "count" in expected:
        assert len(rows) == expected["count"]


def test_there_are_enough_of_them() -> None:
    views = ("vpc_flow_logs", "alb_access_logs", "cloudtrail_logs")
    of_these = [each for each in STATEMENTS.values() if any(view in each["sql"] for view in views)]
    assert len(of_these) >= 25
    assert sum("rows" in each for each in of_these) >= 10


@pytest.mark.parametrize(
    ("view", "days", "where"),
    [
        ("vpc_flow_logs", 3, "day = '2026/11/22'"),
        ("vpc_flow_logs", 3, "date = DATE '2026-11-22'"),
        ("alb_access_logs", 2, "day > '2026/11/21'"),
        ("cloudtrail_logs", 2, "year = '2026' AND month = '11' AND day = '22'"),
        ("cloudtrail_logs", 2, "\"timestamp\" = '2026/11/22'"),
        ("s3_access_logs", 2, "timestamp = '2026/11/22'"),
        ("waf_logs", 2, "dt = '2026-11-22'"),
    ],
)
def test_a_condition_on_the_day_of_a_view_opens_only_its_partitions(
    kept: Path, view: str, days: int, where: str
) -> None:
    read = []
    for condition in ("true", where):
        with LakeTables(kept, add_views=with_views) as tables:
            answer = tables.select_as_athena(f"SELECT max(dt), count(*) FROM {view} v WHERE {condition}")
            ((day, count),) = [row for batch in answer.batches for row in batch]
            assert (day, count > 0) == ("2026-11-22", True)
            read.append(tables.bytes_read)
    assert read[1] < read[0] * (days - 0.4) / days
