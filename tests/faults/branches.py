"""Many copies of a deployment's state, and reading a copy back as a state."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from moto.core import DEFAULT_ACCOUNT_ID
from support.truth.tables import rows_by_hour

from gluelocal.templates.provision import deploy
from loglake.aws.landing_queue import SqsLandingQueue
from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.aws.system_clock import SystemClock
from loglake.core.cloud_types import ObjectInfo
from loglake.core.keys import EXPORTS, LANDING, QUARANTINE, REQUESTS, STAGING, TABLES
from loglake_cli.deploy.stacks import STACKS
from loglake_cli.operations.deployment import Deployment
from loglake_cli.operations.evidence import Evidence
from loglake_cli.operations.standing.reading import status_of
from loglake_cli.operations.standing.status_document import document
from loglake_cli.operations.verify.check import verify

if TYPE_CHECKING:
    from support.truth.oracle import Hour

    from gluelocal.cloud.embedded_aws import EmbeddedAws

BUCKETS = ("control", "raw", "lake")
DATASETS_KEY = "config/datasets.json"
_LASTING = ("log_group", "table", "complete_until", "pending", "failed", "gaps", "rows", "quarantined", "days")
"""What status says of a log group, whenever it is asked for."""
_BATCH = 25
"""Items of one BatchWriteItem."""


@dataclass(frozen=True)
class State:
    """The whole content of a deployment.

    Attributes:
        objects: each bucket's objects, by the bucket's name in `BUCKETS` and the key.
        items: of the ledger's table, in DynamoDB's JSON.
    """

    objects: Mapping[str, Mapping[str, bytes]]
    items: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a user can see that must not depend on faults.

    Attributes:
        rows: of all tables, ordered by what tells a row from every other; without the raw objects of exports.
        partitions: of tables, each with the number of its files.
        quarantined: the lines of the quarantine, sorted.
        status: each log group's, without times that depend on when it is asked for.
        left: keys that should not be there any more: staged files, and requests.
    """

    rows: pa.Table
    partitions: tuple[str, ...]
    quarantined: tuple[str, ...]
    status: tuple[str, ...]
    left: tuple[str, ...]

    def differences(self, other: Outcome) -> list[str]:
        """The differences from another outcome in words; empty if there are none."""
        found = []
        if self.rows != other.rows:
            found.append(f"{other.rows.num_rows} rows, not these {self.rows.num_rows}")
        for name in ("partitions", "quarantined", "status", "left"):
            mine, theirs = set(getattr(self, name)), set(getattr(other, name))
            found += [f"{name}: no {item}" for item in sorted(mine - theirs)]
            found += [f"{name}: {item}" for item in sorted(theirs - mine)]
        return found


@dataclass
class Branch:
    """One deployment with its own buckets and ledger, in an account that all share."""

    aws: EmbeddedAws
    prefix: str
    outputs: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def made(aws: EmbeddedAws, prefix: str, state: State) -> Branch:
        """Deploys the storage template and fills it."""
        storage = next(stack for stack in STACKS if stack.name == "storage")
        branch = Branch(aws, prefix, deploy(storage.path, prefix, {"Prefix": prefix}, aws.client).outputs)
        # What a killed job has received comes back soon.
        aws.client("sqs").create_queue(QueueName=branch.queue_name, Attributes={"VisibilityTimeout": "1"})
        branch.fill(state)
        return branch

    def fill(self, state: State) -> None:
        """Fills the deployment with a state."""
        for name, objects in state.objects.items():
            for key, body in objects.items():
                self.put(name, key, body)
        for start in range(0, len(state.items), _BATCH):
            puts = [{"PutRequest": {"Item": item}} for item in state.items[start : start + _BATCH]]
            self.aws.client("dynamodb").batch_write_item(RequestItems={self.table: puts})

    @property
    def table(self) -> str:
        """The ledger's table."""
        return self.outputs["LedgerTable"]

    @property
    def queue_name(self) -> str:
        """The queue of landed objects."""
        return f"{self.prefix}-landed-objects"

    @property
    def queue(self) -> str:
        """Its URL."""
        return str(self.aws.client("sqs").get_queue_url(QueueName=self.queue_name)["QueueUrl"])

    @property
    def ledger(self) -> DynamoLedger:
        """The ledger."""
        return DynamoLedger(self.aws.client("dynamodb"), self.table, SystemClock())

    def bucket(self, name: str) -> str:
        """The real name of one of `BUCKETS`."""
        return self.outputs[f"{name.title()}Bucket"]

    def put(self, name: str, key: str, body: bytes) -> None:
        """Puts an object into one of `BUCKETS`; the queue has the event of a landed one."""
        self.aws.client("s3").put_object(Bucket=self.bucket(name), Key=key, Body=body)
        if key.startswith(LANDING):
            SqsLandingQueue(self.aws.client("sqs"), self.queue).send([ObjectInfo(key, len(body))])

    def arriving(self) -> int:
        """How many messages of landed objects are left in the queue, received or not."""
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.queue, AttributeNames=names)
        return sum(int(count) for count in found["Attributes"].values())

    def keys(self, name: str, prefix: str = "") -> list[str]:
        """The keys below a prefix in one of `BUCKETS`."""
        pages = self.aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket(name), Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def bodies(self, name: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """The objects below a prefix in one of `BUCKETS`."""
        for key in self.keys(name, prefix):
            yield key, self.aws.client("s3").get_object(Bucket=self.bucket(name), Key=key)["Body"].read()

    def state(self) -> State:
        """The current content."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.table)
        items = tuple(item for page in pages for item in page["Items"])
        return State({name: dict(self.bodies(name)) for name in BUCKETS}, items)

    def damage(self, *, deep: bool = False) -> list[str]:
        """The findings of a verification in words; there must never be any."""
        control, raw, lake = (S3ObjectStore(self.aws.client("s3"), self.bucket(name)) for name in BUCKETS)
        here = Evidence(self.ledger, control, raw, lake, None, "", SystemClock())
        found = verify(here, deep=deep).damage
        return [f"damage: {each.kind.label} {each.key} {each.what}" for each in found]

    def arguments(self, job: str, run_id: str, **more: object) -> list[str]:
        """A job's command line."""
        given = {
            "control_bucket": self.bucket("control"),
            "raw_bucket": self.bucket("raw"),
            "lake_bucket": self.bucket("lake"),
            "ledger_table": self.table,
            "datasets_uri": f"s3://{self.bucket('control')}/{DATASETS_KEY}",
            "landing_queue": self.queue,
            "account": DEFAULT_ACCOUNT_ID,
            "WORKFLOW_NAME": f"{self.prefix}-log-export",
            "WORKFLOW_RUN_ID": run_id,
            **more,
        }
        return [word for name, value in given.items() for word in (f"--{name}", str(value))]

    def status(self) -> dict[str, Any]:
        """What `loglake status --json` prints."""
        control, raw, lake = (S3ObjectStore(self.aws.client("s3"), self.bucket(name)) for name in BUCKETS)
        clock = SystemClock()  # of nothing that is judged
        return document(status_of(Deployment(self.ledger, control, raw, lake, None, "loglake", clock)), "")

    def seen(self) -> Counter[Hour]:
        """Events per log group and hour in the tables."""
        return rows_by_hour(body for _, body in self.bodies("lake", TABLES))

    def outcome(self) -> Outcome:
        """The result of the jobs."""
        files = Counter(key.rpartition("/")[0] for key in self.keys("lake", TABLES))
        quarantine = [gzip.decompress(body) for _, body in self.bodies("lake", QUARANTINE)]
        return Outcome(
            self._rows(),
            tuple(f"{partition}: {count}" for partition, count in sorted(files.items())),
            tuple(sorted(line for text in quarantine for line in text.decode().splitlines())),
            tuple(json.dumps({name: group[name] for name in _LASTING}) for group in self.status()["log_groups"]),
            (*self.keys("lake", STAGING), *self.keys("control", REQUESTS)),
        )

    def _rows(self) -> pa.Table:
        """The key of an exported object has the id of a task or of a read, at random: left out."""
        tables = [pq.read_table(io.BytesIO(body)) for _, body in self.bodies("lake", TABLES)]
        if not tables:
            return pa.table({})
        whole = pa.concat_tables(tables, promote_options="default")
        source = pc.replace_substring_regex(whole["_source"], f"^{EXPORTS}.*", EXPORTS)
        whole = whole.set_column(whole.schema.get_field_index("_source"), "_source", source)
        whole = whole.select(sorted(whole.column_names)).combine_chunks()
        order = ("log_group", "log_stream", "_source", "_line", "_event_id", "event_time")
        return whole.sort_by([(name, "ascending") for name in order])
