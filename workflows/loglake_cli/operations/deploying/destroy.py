"""``loglake destroy`` without its command line: what would go, what stays, and the removal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from loglake.core.ports.clock import Clock
from loglake.errors import NotFoundError
from loglake_cli.deploy.calls import Clients, Place, StackError, call, find_place, pages
from loglake_cli.deploy.change_sets.changes import DATA_TYPES, KEPT_TYPES, StackState, Standing
from loglake_cli.deploy.change_sets.cloudformation import CloudFormation, Order
from loglake_cli.deploy.stacks import ALL_STACKS
from loglake_cli.operations.deploying.blueprints import read_blueprints
from loglake_cli.operations.deploying.running import under_way, wait_until_idle
from loglake_cli.operations.deploying.subscriptions import STREAMING, Subscriptions
from loglake_cli.operations.deploying.target import SCHEDULE


@dataclass(frozen=True)
class BucketContents:
    """How much a bucket holds, versions and delete markers included; None if not counted."""

    name: str
    objects: int | None = None
    bytes: int | None = None


def look_into(s3: Any, bucket: str, *, count: bool) -> list[BucketContents]:
    """The contents of a bucket, as a list of one; empty if there is no such bucket."""
    objects = size = 0
    try:
        call(s3, "head_bucket", bucket, Bucket=bucket)
        if not count:
            return [BucketContents(bucket)]
        for page in pages(s3, "list_object_versions", bucket, Bucket=bucket):
            versions = page.get("Versions", [])
            objects += len(versions) + len(page.get("DeleteMarkers", []))
            size += sum(each["Size"] for each in versions)
    except NotFoundError:
        return []
    return [BucketContents(bucket, objects, size)]


def empty_bucket(s3: Any, bucket: str, say: Callable[[str], None]) -> None:
    """Deletes all versions of all objects, a thousand at a time.

    Raises:
        StackError: S3 refuses to delete some, such as under Object Lock.
    """
    deleted = 0
    for page in pages(s3, "list_object_versions", bucket, Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        if not keys:
            continue
        answer = call(s3, "delete_objects", bucket, Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        errors = answer.get("Errors", [])
        if errors:
            first = errors[0]
            raise StackError(
                f"{bucket} can't be emptied: {first.get('Key')}: {first.get('Message', first.get('Code'))}. Its other "
                "objects may be gone. Fix that, and run the same command again."
            )
        deleted += len(keys)
        say(f"{bucket}: {deleted:,} objects deleted")


_EVERY = {"Delay": 5, "MaxAttempts": 180}
"""Looks at a table that changes: 15 minutes long, in seconds."""

_RUNS_JOBS = "log-lake"
"""The stack of the jobs and the crawler, which may be running."""

_MOST_RUNS_S = 2 * 60 * 60
"""A workflow run has two job runs, one after the other, and Glue ends each after 60 minutes (Timeout)."""


@dataclass(frozen=True)
class Table:
    """A table that holds data. DynamoDB counts its items about every six hours.

    Attributes:
        protected: whether it can't be deleted as it is.
    """

    name: str
    items: int
    bytes: int
    protected: bool


@dataclass(frozen=True)
class Removal:
    """The existing parts of a deployment.

    Attributes:
        stacks: existing stacks, in the order of their removal.
        buckets, tables: those with data, in a stack or not.
        running: running jobs and crawls, in words.
        filters: how many log groups have the subscription filter.
    """

    place: Place
    prefix: str
    stacks: tuple[StackState, ...]
    buckets: tuple[BucketContents, ...]
    tables: tuple[Table, ...]
    running: tuple[str, ...]
    filters: int

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            **self.place.to_json(),
            "prefix": self.prefix,
            "stacks": [{"stack": each.name, "status": each.status} for each in self.stacks],
            "buckets": [asdict(each) for each in self.buckets],
            "tables": [asdict(each) for each in self.tables],
            "running": list(self.running),
            "subscription_filters": self.filters,
        }


@dataclass(frozen=True)
class Destroying:
    """Removes a deployment from an account. After any interruption, the next call continues."""

    cloudformation: CloudFormation
    clients: Clients
    clock: Clock
    say: Callable[[str], None]
    place: Place
    prefix: str

    def look(self, *, count: bool) -> Removal:
        """The existing parts; changes nothing.

        Args:
            count: also count the buckets' contents, a call for each thousand objects.
        """
        stacks, buckets, tables = [], [], []
        for blueprint in reversed(read_blueprints(ALL_STACKS)):
            name = blueprint.stack.stack_name(self.prefix)
            state = self.cloudformation.stack(name)
            if state is not None:
                stacks.append(state)
            for each in blueprint.kept({"Prefix": self.prefix}, self.place, name):
                (physical_id,) = each.identifier.values()
                if KEPT_TYPES[each.type][1] == "bucket":
                    buckets += look_into(self.clients("s3"), physical_id, count=count)
                elif each.type in DATA_TYPES:
                    tables += self._table(physical_id)
        running = tuple(under_way(self.clients("glue"), self.prefix))
        stacks.sort(key=lambda state: state.name != f"{self.prefix}-events")  # what starts workflow runs goes first
        found = (tuple(stacks), tuple(buckets), tuple(tables), running, self._subscriptions.noted)
        return Removal(self.place, self.prefix, *found)

    def destroy(self, removal: Removal, *, delete_data: bool) -> None:
        """Removes filters and stacks, and then the data if requested.

        It turns the schedule off, deletes the subscription filters, and waits for running jobs before their stack.

        Raises:
            StackError: a stack could not be deleted; says why.
            PermanentError: a subscription filter could not be deleted.
        """
        running = partial(under_way, self.clients("glue"), self.prefix)
        self._turn_off()
        self._subscriptions.remove()
        for each in removal.stacks:
            state = self.cloudformation.settled(each.id)
            if state is None:
                continue
            if each.name == f"{self.prefix}-{_RUNS_JOBS}":
                wait_until_idle(running, self.clock, self.say, _MOST_RUNS_S)
            self.say(f"Deleting {each.name}")
            self.cloudformation.delete(state)
            if each.name == f"{self.prefix}-{STREAMING}":
                self._subscriptions.remove()  # of a look that began meanwhile
        if delete_data:
            self._delete_data(removal)

    @property
    def _subscriptions(self) -> Subscriptions:
        return Subscriptions(self.cloudformation, self.clients, self.clock, self.say, self.place, self.prefix)

    def _turn_off(self) -> None:
        """Disables the schedule, so that no run begins meanwhile; a stack that can't be changed is just deleted."""
        state = self.cloudformation.settled(f"{self.prefix}-events")
        if state is None or state.standing is not Standing.READY or state.parameters.get(SCHEDULE) != "ENABLED":
            return
        self.say("Turning the schedule off")
        change_set = self.cloudformation.change_set(
            Order(state.name, None, {**state.parameters, SCHEDULE: "DISABLED"}, state.tags), "UPDATE"
        )
        if not change_set.empty:
            self.cloudformation.execute(change_set, state.name)

    def _table(self, name: str) -> list[Table]:
        try:
            found = call(self.clients("dynamodb"), "describe_table", name, TableName=name)["Table"]
        except NotFoundError:
            return []
        return [
            Table(
                name,
                found.get("ItemCount", 0),
                found.get("TableSizeBytes", 0),
                protected=found.get("DeletionProtectionEnabled", False),
            )
        ]

    def _delete_data(self, removal: Removal) -> None:
        s3, dynamodb = self.clients("s3"), self.clients("dynamodb")
        for bucket in removal.buckets:
            self.say(f"Emptying and deleting the bucket {bucket.name}")
            empty_bucket(s3, bucket.name, self.say)
            call(s3, "delete_bucket", bucket.name, Bucket=bucket.name)
        for table in removal.tables:
            self.say(f"Deleting the table {table.name}")
            if table.protected:
                call(dynamodb, "update_table", table.name, TableName=table.name, DeletionProtectionEnabled=False)
                dynamodb.get_waiter("table_exists").wait(TableName=table.name, WaiterConfig=_EVERY)
            call(dynamodb, "delete_table", table.name, TableName=table.name)
            dynamodb.get_waiter("table_not_exists").wait(TableName=table.name, WaiterConfig=_EVERY)


def prepare(prefix: str, clients: Clients, clock: Clock, say: Callable[[str], None]) -> Destroying:
    """Finds out where the deployment is.

    Raises:
        ConfigError: AWS can't be asked.
    """
    place = find_place(clients)
    return Destroying(CloudFormation(clients("cloudformation"), clock, say), clients, clock, say, place, prefix)
