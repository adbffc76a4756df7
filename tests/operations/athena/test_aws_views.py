"""AWS's views: published queries run unchanged over loglake's tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.deployments.operated import loglake
from support.lakes.kept_formats import DAY, kept_formats
from support.yaml_files import read_yaml

from athena_duckdb.errors import ConfigError
from athena_duckdb.query.information_schema import athena_name
from athena_duckdb.query.lake_tables import LakeTables
from loglake.kernels.formats.registry import FORMATS
from loglake_cli.aws_views.views import aws_view_names, with_views

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[3]
PUBLISHED = read_yaml(Path(__file__).with_name("published_tables.yaml"))
PAGE = (ROOT / "docs" / "start" / "formats.md").read_text(encoding="utf-8")
VIEWS = {
    "vpc_flow": "vpc_flow_logs",
    "alb": "alb_access_logs",
    "nlb": "nlb_tls_logs",
    "cloudfront": "cloudfront_standard_logs",
    "s3_access": "s3_access_logs",
    "cloudtrail": "cloudtrail_logs",
    "waf": "waf_logs",
    "route53_resolver": "r53_rlogs",
}
TRAIL = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::123456789012:assumed-role/ops/ana",
        "sessionContext": {"attributes": {"mfaAuthenticated": "true"}, "sessionIssuer": {"arn": "arn:role/ops"}},
    },
    "eventTime": "2026-11-21T08:30:00Z",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "awsRegion": "eu-central-1",
    "sourceIPAddress": "192.0.2.50",
    "requestParameters": {"bucketName": "shop"},
    "responseElements": None,
    "eventID": "94960c89",
    "resources": [{"ARN": "arn:aws:s3:::shop", "type": "AWS::S3::Bucket"}],
    "eventType": "AwsApiCall",
    "tlsDetails": {"tlsVersion": "TLSv1.3"},
}
WAF = {
    "timestamp": 1795249800123,
    "formatVersion": 1,
    "webaclId": "shop",
    "terminatingRuleId": "Default_Action",
    "action": "ALLOW",
    "ruleGroupList": [{"ruleGroupId": "g", "terminatingRule": {"ruleId": "r", "action": "BLOCK"}}],
    "nonTerminatingMatchingRules": [{"ruleId": "n", "action": "COUNT"}],
    "httpRequest": {"clientIp": "192.0.2.40", "headers": [{"name": "Host", "value": "a"}], "uri": "/login"},
    "labels": [{"name": "awswaf:bot"}],
}


def example(name: str) -> str:
    """The example event of a format in docs/start/formats.md."""
    found = re.search(rf"^## {name}\n.*?```text\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module", params=["keep", "omit"])
def kept(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """What is kept of tables whose rows all have `raw`, or none has it."""
    lines = {f"my_{name}": example(name) for name in VIEWS}
    lines["my_cloudtrail"] = json.dumps(TRAIL, separators=(",", ":")) + "\nno record\n"
    lines["my_waf"] = json.dumps(WAF, separators=(",", ":")) + "\n"
    lines["more_flows"] = example("vpc_flow").replace("10.0.0.5", "10.0.0.6")
    return kept_formats(tmp_path_factory.mktemp("views"), lines, omit=request.param == "omit")


@pytest.fixture(scope="module")
def tables(kept: Path) -> Iterator[LakeTables]:
    with LakeTables(kept, add_views=with_views) as opened:
        yield opened


def rows(tables: LakeTables, sql: str) -> list[tuple[Any, ...]]:
    return [row for batch in tables.select_as_athena(sql).batches for row in batch]


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_view_has_the_columns_and_types_of_the_table_that_aws_publishes(tables: LakeTables, name: str) -> None:
    expected = dict(column.split() for column in re.split(r",\s+", PUBLISHED[name]))
    described = {column: kind for column, kind, _ in rows(tables, f"DESCRIBE {name}")}
    assert {column: described.get(column) for column in expected} == expected
    found = tables.select_as_athena(f"SELECT * FROM {name} LIMIT 1")
    assert dict(zip(found.columns, found.types, strict=True)) == {
        column: athena_name(kind) for column, kind in described.items()
    }


def test_the_catalog_shows_the_views(tables: LakeTables) -> None:
    listed = {name for (name,) in rows(tables, "SHOW VIEWS")}
    assert listed == aws_view_names()
    assert {name for (name,) in rows(tables, "SHOW TABLES")} == {
        *listed,
        "more_flows",
        *(f"my_{name}" for name in VIEWS),
    }
    assert rows(tables, "SHOW TABLES IN loglake 'vpc*'") == [("vpc_flow_logs",)]
    assert ("awsregion",) in rows(tables, "SHOW COLUMNS IN cloudtrail_logs")
    kinds = "SELECT table_type, count(*) FROM information_schema.tables GROUP BY 1 ORDER BY 1"
    assert rows(tables, kinds) == [("BASE TABLE", len(VIEWS) + 1), ("VIEW", len(listed))]
    text = "\n".join(line for (line,) in rows(tables, "SHOW CREATE VIEW r53_rlogs"))
    begin, _, query = text.partition("\n")
    assert begin == "CREATE VIEW loglake.r53_rlogs AS"
    assert len(rows(tables, query)) == 1
    with pytest.raises(ConfigError, match="SHOW CREATE VIEW r53_rlogs"):
        rows(tables, "SHOW CREATE TABLE r53_rlogs")
    with pytest.raises(ConfigError, match="SHOW CREATE TABLE my_alb"):
        rows(tables, "SHOW CREATE VIEW my_alb")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            'SELECT srcaddr, dstport, "start", "end", action, date, vpc_id FROM vpc_flow_logs ORDER BY srcaddr',
            [
                ("10.0.0.5", 443, 1795249800, 1795249860, "ACCEPT", date.fromisoformat(DAY), None),
                ("10.0.0.6", 443, 1795249800, 1795249860, "ACCEPT", date.fromisoformat(DAY), None),
            ],
        ),
        (
            "SELECT time, client_ip, client_port, target_ip, target_port, request_verb, request_proto FROM alb_logs",
            [("2026-11-21T08:30:00.123456Z", "192.0.2.10", 2817, "10.0.0.66", 8080, "GET", "HTTP/1.1")],
        ),
        (
            "SELECT time, listener_id, client_port FROM nlb_tls_logs",
            [("2026-11-21T08:30:00", "g3d4b5e8bb8464cd", 51341)],
        ),
        ("SELECT date, c_ip, sc_status FROM cloudfront_standard_logs", [(date(2026, 11, 21), "192.0.2.30", 200)]),
        (
            "SELECT hour(parse_datetime(requestdatetime, 'dd/MMM/yyyy:HH:mm:ss Z')), key FROM s3_access_logs",
            [(8, "a.txt")],
        ),
        (
            "SELECT useridentity.type, useridentity.sessioncontext.attributes.mfaauthenticated, "
            "useridentity.sessioncontext.sessionissuer.arn, json_extract_scalar(requestparameters, '$.bucketName'), "
            "responseelements, resources[1].arn, tlsdetails.tlsversion FROM cloudtrail_logs",
            [("AssumedRole", "true", "arn:role/ops", "shop", None, "arn:aws:s3:::shop", "TLSv1.3")],
        ),
        (
            "SELECT from_unixtime(timestamp / 1000) IS NOT NULL, httprequest.clientip, httprequest.headers[1].value, "
            "rulegrouplist[1].terminatingrule.ruleid, rule.ruleid, labels[1].name FROM waf_logs, "
            "UNNEST(nonterminatingmatchingrules) AS t(rule)",
            [(True, "192.0.2.40", "a", "r", "n", "awswaf:bot")],
        ),
        ("SELECT query_name, rcode, srcids.instance FROM r53_rlogs", [("shop.example.com.", "NOERROR", None)]),
        (
            "SELECT f.srcaddr FROM loglake.vpc_flow_logs f JOIN my_alb a ON f.dt = a.dt ORDER BY 1 LIMIT 1",
            [("10.0.0.5",)],
        ),
        ("WITH waf_logs AS (SELECT 1 AS n) SELECT n FROM waf_logs", [(1,)]),
    ],
)
def test_a_view_has_the_values_under_the_names_of_aws(
    tables: LakeTables, sql: str, expected: list[tuple[Any, ...]]
) -> None:
    assert rows(tables, sql) == expected


def test_the_views_are_of_formats_and_all_are_listed(kept: Path) -> None:
    listed = json.loads(loglake("query", "--views", "--lake", str(kept), "--json").stdout)["views"]
    assert {view["name"] for view in listed} == aws_view_names()
    assert {view["format"] for view in listed} == {*VIEWS} <= {*FORMATS}
    assert [view["tables"] for view in listed if view["format"] == "vpc_flow"] == [["more_flows", "my_vpc_flow"]]
    shown = loglake("query", "--views", "--lake", str(kept)).stdout
    assert "r53_rlogs" in shown
    assert "my_route53_resolver" in shown


def test_the_text_of_a_view_is_a_query_of_athena(kept: Path, tables: LakeTables) -> None:
    text = loglake("query", "--views", "cloudtrail_logs", "--lake", str(kept)).stdout
    assert len(rows(tables, text)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [(("nope",), "no table has the columns"), (("--create",), "`loglake query --create` takes a deployment")],
)
def test_what_there_is_no_view_of_is_said(kept: Path, options: tuple[str, ...], said: str) -> None:
    done = loglake("query", "--views", *options, "--lake", str(kept))
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_table_of_the_name_comes_before_the_view(tmp_path: Path) -> None:
    with LakeTables(kept_formats(tmp_path, {"vpc_flow_logs": example("vpc_flow")}), add_views=with_views) as opened:
        assert "raw" in opened.select_as_athena("SELECT * FROM vpc_flow_logs").columns
