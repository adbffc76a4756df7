"""The one place where boto3 clients are made.

Endpoint, credentials and Region come from the environment (``AWS_ENDPOINT_URL``, ...), so the same code talks to AWS
and to the embedded AWS of the local runtime. The endpoint is passed to boto3 explicitly: only version 1.28 and newer
read that variable, and Glue's Python shell has 1.21.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from loglake.config import endpoint_url

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# botocore retries throttling, 5xx and broken connections itself, with jittered exponential back-off.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 8},
    connect_timeout=10,
    read_timeout=60,
    max_pool_connections=32,
)


def region() -> str | None:
    """The Region that boto3 finds in this process; None if it finds none, and then no client can be made."""
    return _session().region_name


def credentials_method() -> str:
    """The way in which boto3 finds the credentials of clients, such as ``container-role``. Empty: there are none."""
    found = _session().get_credentials()
    return found.method if found else ""


def _session() -> boto3.Session:
    """The session of all clients here. Making another one takes as much processor time as several calls."""
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION is not None
    return boto3.DEFAULT_SESSION


def use(region_name: str) -> None:
    """Sets the Region of all later clients; an empty one leaves it to the environment.

    Raises:
        BotoCoreError: there is no profile of the environment's name.
    """
    if region_name:
        boto3.setup_default_session(region_name=region_name)


def client(service: str) -> Any:
    """A client for any service; those that follow have types."""
    return boto3.client(service, config=_CONFIG, endpoint_url=endpoint_url())  # type: ignore[call-overload]


def s3(region_name: str | None = None) -> S3Client:
    """A client for S3, in the Region of this process unless another is named."""
    return boto3.client("s3", region_name=region_name, config=_CONFIG, endpoint_url=endpoint_url())


def dynamodb() -> DynamoDBClient:
    """A client for DynamoDB."""
    return boto3.client("dynamodb", config=_CONFIG, endpoint_url=endpoint_url())


def sqs() -> SQSClient:
    """A client for SQS."""
    return boto3.client("sqs", config=_CONFIG, endpoint_url=endpoint_url())


def logs() -> CloudWatchLogsClient:
    """A client for CloudWatch Logs."""
    return boto3.client("logs", config=_CONFIG, endpoint_url=endpoint_url())


def logs_without_retries() -> CloudWatchLogsClient:
    """A client for CreateExportTask and FilterLogEvents.

    botocore's standard mode takes LimitExceededException for throttling and would wait on its own, blind to the run's
    deadline; here it means that the one export slot is busy, which the exporter waits for itself. And the read budget
    must see each answer that asks to slow down.
    """
    config = _CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    return boto3.client("logs", config=config, endpoint_url=endpoint_url())


def glue() -> GlueClient:
    """A client for Glue: the Data Catalog, and the properties of workflow runs."""
    return boto3.client("glue", config=_CONFIG, endpoint_url=endpoint_url())
