"""The catalog adapter: what the jobs write into the Data Catalog, and how they read Glue's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from support.gluelocal.catalog_entries import create_table

from loglake.aws.catalog import GlueCatalog
from loglake.config import CatalogConfig
from loglake.core.catalog_gaps import Missing
from loglake.errors import AccessDeniedError, TransientError

pytestmark = pytest.mark.unit

CONFIG = CatalogConfig("lake", "logs", "crawl-lake")
COLUMNS = {"event_time": "timestamp", "n": "bigint"}
DAYS = ("dt=2026-11-21", "dt=2026-11-22")


def client() -> Any:
    return boto3.client("glue", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture
def stubbed() -> Iterator[tuple[GlueCatalog, Stubber]]:
    glue = client()
    with Stubber(glue) as stubber:
        yield GlueCatalog(glue, CONFIG), stubber
        stubber.assert_no_pending_responses()
    glue.close()


@pytest.fixture
def glue() -> Iterator[Any]:
    with mock_aws():
        glue = client()
        glue.create_database(DatabaseInput={"Name": "logs"})
        yield glue
        glue.close()


def partition(glue: Any, *values: str) -> Any:
    return glue.get_partition(DatabaseName="logs", TableName="t", PartitionValues=list(values))["Partition"]


def test_a_partition_has_the_descriptor_of_its_table_and_its_own_location(glue: Any) -> None:
    create_table(glue, "t", COLUMNS, DAYS)
    assert not GlueCatalog(glue, CONFIG).register("t", Missing(DAYS, tuple(COLUMNS)))
    table = glue.get_table(DatabaseName="logs", Name="t")["Table"]["StorageDescriptor"]
    made = partition(glue, "2026-11-21")
    own = {"Location": "s3://lake/tables/t/dt=2026-11-21/", "Parameters": made["Parameters"]}
    assert made["StorageDescriptor"] == {**table, **own}
    # Parameters that count the rows of the whole table are wrong for a partition.
    assert made["Parameters"] == {"classification": "parquet", "compressionType": "none", "typeOfData": "file"}


def test_a_partition_that_lies_elsewhere_or_lacks_columns_is_repaired(glue: Any) -> None:
    create_table(glue, "t", COLUMNS, DAYS, made=DAYS)
    wrong = partition(glue, "2026-11-21")["StorageDescriptor"]
    for day, change in (("2026-11-21", {"Location": "s3://old/t/"}), ("2026-11-22", {"Columns": wrong["Columns"][:1]})):
        broken = {"Values": [day], "StorageDescriptor": {**partition(glue, day)["StorageDescriptor"], **change}}
        glue.update_partition(DatabaseName="logs", TableName="t", PartitionValueList=[day], PartitionInput=broken)
    catalog = GlueCatalog(glue, CONFIG)
    assert catalog.missing("t", Missing(DAYS)) == Missing(DAYS)
    assert not catalog.register("t", Missing(DAYS))
    assert not catalog.missing("t", Missing(DAYS))
    assert partition(glue, "2026-11-21")["StorageDescriptor"]["Location"] == "s3://lake/tables/t/dt=2026-11-21/"
    assert partition(glue, "2026-11-22")["StorageDescriptor"]["Columns"] == wrong["Columns"]


def test_a_table_over_other_files_has_none_of_ours(glue: Any) -> None:
    create_table(glue, "t", COLUMNS, DAYS, made=DAYS)
    elsewhere = GlueCatalog(glue, CatalogConfig("other-lake", "logs", "crawl-lake"))
    assert elsewhere.register("t", Missing(DAYS, ("n",))) == Missing(DAYS, ("n",))


def test_a_table_with_other_partition_keys_is_reported(glue: Any) -> None:
    create_table(glue, "t", COLUMNS, ["partition_0=1"])
    with pytest.raises(TransientError, match="t has the partition keys partition_0 in the catalog"):
        GlueCatalog(glue, CONFIG).register("t", Missing(DAYS))


def table(stubber: Stubber) -> None:
    descriptor = {"Columns": [{"Name": "n", "Type": "bigint"}], "Location": "s3://lake/tables/t"}
    entry = {"Name": "t", "StorageDescriptor": descriptor, "PartitionKeys": [{"Name": "dt", "Type": "string"}]}
    stubber.add_response("get_table", {"Table": entry}, {"DatabaseName": "logs", "Name": "t"})


def refusal(value: str, code: str) -> dict[str, Any]:
    return {"PartitionValues": [value], "ErrorDetail": {"ErrorCode": code, "ErrorMessage": "no"}}


def test_what_somebody_else_has_registered_meanwhile_is_there(stubbed: tuple[GlueCatalog, Stubber]) -> None:
    catalog, stubber = stubbed
    table(stubber)
    stubber.add_response("batch_get_partition", {"Partitions": []})
    stubber.add_response("batch_create_partition", {"Errors": [refusal("2026-11-21", "AlreadyExistsException")]})
    assert not catalog.register("t", Missing(DAYS, ("n",)))


def test_partitions_that_glue_refuses_are_named(stubbed: tuple[GlueCatalog, Stubber]) -> None:
    catalog, stubber = stubbed
    table(stubber)
    stubber.add_response("batch_get_partition", {"Partitions": []})
    errors = [refusal("2026-11-21", "AlreadyExistsException"), refusal("2026-11-22", "InternalServiceException")]
    stubber.add_response("batch_create_partition", {"Errors": errors})
    with pytest.raises(TransientError, match=r"not register 1 partitions of t.*2026-11-22: InternalServiceEx"):
        catalog.register("t", Missing(DAYS, ("n",)))


def test_a_hundred_partitions_go_into_one_call(stubbed: tuple[GlueCatalog, Stubber]) -> None:
    catalog, stubber = stubbed
    table(stubber)
    stubber.add_response("batch_get_partition", {"Partitions": []})
    for _ in range(3):
        stubber.add_response("batch_create_partition", {"Errors": []})
    assert not catalog.register("t", Missing(tuple(f"dt={n}" for n in range(250)), ("n",)))


@pytest.mark.parametrize(("state", "ready"), [("READY", True), ("RUNNING", False), ("STOPPING", False)])
def test_only_a_crawler_that_does_nothing_is_ready(
    stubbed: tuple[GlueCatalog, Stubber], state: str, ready: bool
) -> None:
    catalog, stubber = stubbed
    stubber.add_response("get_crawler", {"Crawler": {"Name": "x", "State": state}}, {"Name": "crawl-lake"})
    assert catalog.is_crawler_ready() is ready


def test_what_may_not_be_asked_is_named_by_its_action(stubbed: tuple[GlueCatalog, Stubber]) -> None:
    catalog, stubber = stubbed
    stubber.add_client_error("get_crawler", "AccessDeniedException", "no", 400)
    with pytest.raises(AccessDeniedError, match="glue:GetCrawler"):
        catalog.is_crawler_ready()
    table(stubber)
    stubber.add_response("batch_get_partition", {"Partitions": []})
    stubber.add_client_error("batch_create_partition", "AccessDeniedException", "no", 400)
    with pytest.raises(AccessDeniedError, match="glue:BatchCreatePartition on t"):
        catalog.register("t", Missing(DAYS))


def test_partitions_that_glue_did_not_get_to_are_asked_for_again_but_not_for_ever(
    stubbed: tuple[GlueCatalog, Stubber],
) -> None:
    catalog, stubber = stubbed
    keys = [{"Values": [day]} for day in ("1", "2", "3")]
    descriptor = {"Columns": [{"Name": "n", "Type": "bigint"}]}
    parts = [
        {**key, "StorageDescriptor": {**descriptor, "Location": f"s3://lake/tables/t/dt={key['Values'][0]}"}}
        for key in keys
    ]
    table(stubber)
    for asked, found, left in ((keys, parts[:1], keys[1:]), (keys[1:], parts[1:2], keys[2:]), (keys[2:], [], keys[2:])):
        answer = {"Partitions": found, "UnprocessedKeys": left}
        expected = {"DatabaseName": "logs", "TableName": "t", "PartitionsToGet": asked}
        stubber.add_response("batch_get_partition", answer, expected)
    assert catalog.missing("t", Missing(("dt=1", "dt=2", "dt=3"), ("n", "m"))) == Missing(("dt=3",), ("m",))
