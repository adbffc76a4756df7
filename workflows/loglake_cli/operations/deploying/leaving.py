"""What leaves a deployed lake by `retention_days` and `delete_raw_after` of a datasets file: their dry run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from loglake.aws.ledger_store import DynamoLedger
from loglake.aws.objects import S3ObjectStore
from loglake.core.keys import LANDING
from loglake.core.ports.clock import Clock
from loglake.core.schema.datasets import Datasets
from loglake.pipelines.retention.past import Amount, Past, Places
from loglake_cli.deploy.calls import Clients, Place
from loglake_cli.wording import counted

_PARTS = (
    ("partitions", "", "partition", "partitions"),
    ("files", "file_bytes", "file", "files"),
    ("quarantine_files", "", "file of quarantine", "files of quarantine"),
    ("windows", "", "window", "windows"),
    ("raw_objects", "raw_bytes", "raw object", "raw objects"),
)


def leaving(clients: Clients, place: Place, prefix: str, datasets: Datasets, clock: Clock) -> Mapping[str, Amount]:
    """How much leaves with the next run of convert-logs, by table; changes nothing.

    Raises:
        AccessDeniedError: the ledger or a bucket can't be read.
    """
    buckets = (S3ObjectStore(clients("s3"), place.bucket(prefix, name)) for name in ("raw", "lake", "control"))
    lake = Places(DynamoLedger(clients("dynamodb"), f"{prefix}-ledger", clock), *buckets)
    return Past.read(lake, datasets, clock.now_ms()).amounts()


def sentences(amounts: Mapping[str, Amount], unknown: str) -> Iterator[str]:
    """What leaves, a sentence for each table; or why that is unknown."""
    if unknown:
        yield f"What retention_days and delete_raw_after delete is not known: {unknown}"
    for name, amount in amounts.items():
        parts = [
            counted(amount[number], one, many) + (f" of {amount[size] / 1e6:,.1f} MB" if size else "")
            for number, size, one, many in _PARTS
            if amount[number]
        ]
        what = "Landed objects" if name == LANDING else f"Table {name}"
        yield f"{what}: the next run deletes {', '.join(parts)} (retention_days, delete_raw_after)"
