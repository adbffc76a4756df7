from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from loglake.core.schema.schema import FieldPath, TableSchema, grow
from loglake.kernels.arrow import to_mask
from loglake.kernels.formats.registry import FORMATS, format_of
from loglake.kernels.formats.shape import Shapes

pytestmark = pytest.mark.unit

FIXTURES = Path(__file__).parent / "fixtures"
SERVICES = sorted(path.name.removesuffix(".expected.json") for path in FIXTURES.glob("*.expected.json"))
JSON_KINDS = ("waf", "cloudtrail", "route53_resolver", "eks_audit", "emf")
SAMPLES = Path(__file__).parents[4] / "shared" / "data"


def _lines(name: str) -> list[str]:
    return (FIXTURES / f"{name}.log").read_text("utf-8").splitlines()


def _schema(name: str, texts: list[str]) -> TableSchema:
    return grow(TableSchema("t"), format_of(name).infer_types(pa.array(texts, pa.string())))


def _parse(name: str, texts: list[str], schema: TableSchema | None = None) -> list[dict[str, Any]]:
    """Rows without nulls, times in ISO 8601."""
    schema = schema or _schema(name, texts)
    parsed = format_of(name).parser(schema)(pa.array(texts, pa.string()))
    arrays = [*parsed.columns, parsed.message, parsed.level, parsed.rescued]
    names = [*(column.name for column in schema.columns), "message", "level", "_rescued"]
    rows = pa.table(arrays, names=names).to_pylist()
    rescued = sum(len(json.loads(row["_rescued"])) for row in rows if row["_rescued"])
    assert parsed.rescued_values >= rescued
    return [{key: _plain(value) for key, value in row.items() if value is not None} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _owner(text: str) -> str:
    """The format that detection gives an event to, if it is alone."""
    raw = pa.array([text], pa.string())
    return next(name for name, each in FORMATS.items() if each.matches(raw)[0].as_py())


def _owners(texts: list[str]) -> list[str]:
    raw = pa.array(texts, pa.string())
    masks = {name: to_mask(each.matches(raw)) for name, each in FORMATS.items()}
    return [next(name for name, mask in masks.items() if mask[row]) for row in range(len(texts))]


def test_there_are_fixtures() -> None:
    assert len(SERVICES) >= 12


@pytest.mark.parametrize("name", SERVICES)
def test_fixtures_have_the_expected_columns(name: str) -> None:
    texts = _lines(name)
    expected = json.loads((FIXTURES / f"{name}.expected.json").read_text("utf-8"))
    assert _parse(name, texts) == [{key: value for key, value in row.items() if value is not None} for row in expected]


@pytest.mark.parametrize("name", [*SERVICES, "vpc_flow", "lambda"])
def test_each_line_is_claimed_by_its_own_format(name: str) -> None:
    texts = _lines(name)
    if name not in SERVICES:  # these fixtures also have lines of other formats
        own = format_of(name).matches(pa.array(texts)).to_pylist()
        texts = [text for text, is_own in zip(texts, own) if is_own]
    assert {text: _owner(text) for text in texts} == dict.fromkeys(texts, name)
    assert [_owner(text + "\r\n") for text in texts] == [name] * len(texts)


@pytest.mark.parametrize("name", SERVICES)
def test_neighbours_change_nothing(name: str) -> None:
    own = _lines(name)
    others = ["", "plain\ntext", '{"message": "json", "level": "info"}', '{"a": 1', "2026-11-21 08:30:00 ERROR no"]
    texts = [each for pair in zip(own, others * len(own)) for each in pair]
    schema = _schema(name, own)
    together = _parse(name, texts, schema)
    assert together == [_parse(name, [text], schema)[0] for text in texts]
    assert together[::2] == _parse(name, own, schema)
    assert [row["message"] for row in together[1::2]] == [
        "json" if "json" in text and name in JSON_KINDS else text for text in texts[1::2]
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_a_table_without_columns_keeps_all_values(name: str) -> None:
    texts = _lines(name)
    for text, row, typed in zip(texts, _parse(name, texts, TableSchema("t")), _parse(name, texts)):
        assert row.get("message") == typed.get("message")
        assert row.get("level") == typed.get("level")
        shapes: Shapes | None = getattr(format_of(name), "shapes", None)
        derived = {each for shape in shapes.shapes for each in shape.derived} if shapes else set[str]()
        fields = typed.keys() - {"message", "level", "_rescued", *derived}
        if name != "emf":  # EMF's metadata are fields like any others if they have no column of their own
            assert len(json.loads(row["_rescued"])) >= len(fields), text


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("#Version: 1.0", "text"),
        ("#Fields: date time x-edge-location sc-bytes c-ip", "text"),
        ("2026-11-21\t08:30:00\tnot enough", "text"),
        ("https 2026-11-21T08:30:00.123456Z app/web/1 192.0.2.1:1 - -1 -1 -1 301", "text"),
        ("tls 2.0 handshake failed", "text"),
        ('192.0.2.1 - - [21/Nov/2026:08:30:00 +0000] "GET / HTTP/1.1" ok', "text"),
        ("http 2026-11-21T08:30:00.123456Z 0.0195 10.0.0.66:80 web MAYBE 200 -", "text"),
        ("http 2026-11-21T08:30:00.123456Z 0.0195 PASS", "text"),
        ("shop-001,0001,1795248000,30,GET a,no address,app", "text"),
        ("shop-001,1,1795248000,30,GET a,10.0.0.1:1,app", "text"),
        ("shop-001/0001:Z 21 Nov 2026 08:00:00.123 UTC * saved", "text"),
        ("__CURSOR=s=1\nMESSAGE=no time", "text"),
        ("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795248000123456\nMESSAGE\n\x05\x00binary", "text"),
        ("<AuditRecord><Session_Id>17</Session_Id></AuditRecord>", "text"),
        ("<AuditRecord><Audit_Type>1</Audit_Type></AuditRecord><AuditRecord></AuditRecord>", "text"),
        ("<AuditRecord><Audit_Type>1</Audit_Type><a><b>nested</b></a></AuditRecord>", "text"),
        ("[2026/11/21 08:00:00.123 +00:00] [INFO] [server.go:259] message without brackets [id=17]", "header"),
        ("[error] [client 192.0.2.1] no time", "header"),
        ("[Sat Nov 21 08:30:00 2026] [critical] not a level of Apache's", "header"),
        ("2026/11/21 08:30:00 [error] no process", "header"),
        ('{"detail-type":"AWS API Call via CloudTrail","detail":{"eventVersion":"1.11","eventSource":"a",'
         '"eventName":"b","eventID":"c","eventType":"d"}}', "json"),
        ('{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-central-1","eventName":"ObjectCreated:Put"}',
         "json"),
        ('{"message":"\\"_aws\\" \\"CloudWatchMetrics\\" \\"webaclId\\""}', "json"),
        ('{"_aws":{"xray":1}}', "json"),
        ('{"kind":"Event","apiVersion":"events.k8s.io/v1"}', "json"),
        ('{"requestId":"a","ip":"192.0.2.1","httpMethod":"GET","status":"200"}', "json"),
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_not_claimed(text: str, owner: str) -> None:
    assert _owner(text) == owner


@pytest.mark.parametrize("name", JSON_KINDS)
def test_an_event_cut_short_is_text(name: str) -> None:
    whole = _lines(name)[0]
    broken = whole[:-2] + ",}}"
    schema = _schema(name, [whole])
    assert _parse(name, [broken, whole], schema) == [{"message": broken}, *_parse(name, [whole], schema)]


AWS = '"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}'


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"{{{AWS}}}", {}),
        (f'{{{AWS},"a":1}}', {"a": 1}),
        (f'{{"a":1,{AWS}}}', {"a": 1}),
        (f' {{ "a" : 1 , {AWS} , "b" : "x}},\\"_aws\\":{{" }} \n', {"a": 1, "b": 'x},"_aws":{'}),
        (f'{{"a":{{"c":[1,{{}}]}},{AWS},"b":null}}', {"a_c": "[1,{}]"}),
    ],
)
def test_metadata_of_metrics_are_one_column_wherever_they_are(text: str, rest: dict[str, object]) -> None:
    assert _parse("emf", [text]) == [{"aws": AWS.removeprefix('"_aws":'), **rest}]


@pytest.mark.parametrize("value", ["[]", '[{"CloudWatchMetrics":1}]', '"CloudWatchMetrics"', "17", "true"])
def test_a_member_that_is_no_metadata_is_a_value_like_any_other(value: str) -> None:
    alone, twice = f'{{"_aws":{value},"n":-4,"CloudWatchMetrics":""}}', f'{{"_aws":{value},{AWS},"n":1}}'
    for row in _parse("emf", [alone, twice], _schema("emf", [f'{{{AWS},"n":1}}'])):
        rescued = json.loads(row.get("_rescued", "{}"))
        assert json.loads(value) == rescued["_aws"] if "_aws" in rescued else row["aws"] in (value, value.strip('"'))


def test_metadata_that_come_twice_or_are_wrapped_lose_nothing() -> None:
    once = '{"_aws":{"CloudWatchMetrics":[2]}}'
    twice = '{"_aws":{"CloudWatchMetrics":[1]},"_aws":{"CloudWatchMetrics":[2]}}'
    wrapped = '{"a":{"_aws":{"CloudWatchMetrics":[3]}}}'
    rows = _parse("emf", [once, twice, wrapped], _schema("emf", [once]))
    assert rows == [
        {"aws": '{"CloudWatchMetrics":[2]}'},
        {"aws": '{"CloudWatchMetrics":[2]}', "_rescued": '{"_aws":{"CloudWatchMetrics":[1]}}'},
        {"_rescued": '{"a._aws.CloudWatchMetrics":[3]}'},
    ]


@pytest.mark.parametrize("metadata", ['{"CloudWatchMetrics":}', '{"CloudWatchMetrics":NaN}', '{"CloudWatchMetrics"}'])
def test_metadata_that_are_no_json_make_the_event_text(metadata: str) -> None:
    whole = f'{{{AWS},"a":1}}'
    broken = f'{{"_aws":{metadata},"a":1}}'
    assert _parse("emf", [broken, whole], _schema("emf", [whole])) == [
        {"message": broken},
        {"aws": AWS.removeprefix('"_aws":'), "a": 1},
    ]


def test_a_table_that_has_the_metadata_as_fields_keeps_them_so() -> None:
    text = f'{{{AWS},"a":1}}'
    schema = grow(TableSchema("t"), format_of("json").infer_types(pa.array([text])))
    assert _parse("emf", [text], schema) == _parse("json", [text], schema)
    assert schema.by_path().keys() == {("_aws", "Timestamp"), ("_aws", "CloudWatchMetrics"), ("a",)}


def test_a_level_in_metrics_is_that_of_json() -> None:
    fields: dict[FieldPath, object] = {("level",): "error", ("msg",): "no stock"}
    text = "{" + AWS + "".join(f',"{path[0]}":"{value}"' for path, value in fields.items()) + "}"
    row = _parse("emf", [text])[0]
    assert (row["level"], row["message"]) == ("ERROR", "no stock")


def _sample(name: str) -> list[str]:
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the sample files of real logs are not there: {SAMPLES}")
    data = path.read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
    if "cloudtrail" in name:
        return [json.dumps(record) for record in json.loads(text)["Records"]]
    return [line for line in text.splitlines() if line and not line.startswith(("#", "version "))]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("aws/albaccesslog.log.gz", "alb"),
        ("aws/nlbaccesslog.log.gz", "nlb"),
        ("aws/cloudfront.log.gz", "cloudfront"),
        ("aws/s3accesslog.log", "s3_access"),
        ("aws/cloudtrail-log-file.json.gz", "cloudtrail"),
        ("aws/waflog.log.gz", "waf"),
        ("aws/vpcflowlog.log.gz", "vpc_flow"),
        ("loghub/Apache.log", "apache_error"),
    ],
)
def test_every_line_of_real_files_is_typed(name: str, owner: str) -> None:
    texts = _sample(name)
    assert texts
    assert [text for text, found in zip(texts, _owners(texts)) if found != owner] == []
    rows = _parse(owner, texts)
    assert not [row for row in rows if "_rescued" in row or len(row) < 4]
