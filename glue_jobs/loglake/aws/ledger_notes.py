"""What the ledger's table notes beside rows: pauses, last runs, how far log groups are planned, turns, crawls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loglake.aws.dynamo_items import DynamoItems, serialize
from loglake.aws.faults import translated
from loglake.core.catalog_gaps import Missing, Uncrawled
from loglake.core.landing.settling import LandedDays
from loglake.core.ledger.watermark import Mark
from loglake.core.outcome import Outcome, RunNote
from loglake.core.units import EpochMs, LogGroupName
from loglake.core.windows import Window
from loglake.errors import LedgerConflictError

PAUSED = "paused"
MARK = "mark"
TURN = "turn"
UNCRAWLED = "uncrawled"
LANDED_DAYS = "landed-days"
LOOK = "look"
RUN = "run"


class DynamoNotes(DynamoItems):
    """Implements `Pauses`, `RunNotes`, `CrawlNotes`, `CompactionNotes` of `core.ports`, and what else it has."""

    def paused(self) -> dict[LogGroupName, EpochMs]:
        """All paused log groups, each with the time since which it is."""
        return {LogGroupName(item["sk"]): EpochMs(item["since_ms"]) for item in self._partition(PAUSED)}

    def pause(self, log_group: LogGroupName, now_ms: EpochMs) -> bool:
        """Pauses a log group; False where it was paused already."""
        return self._put_new({"pk": PAUSED, "sk": log_group, "since_ms": now_ms})

    def resume(self, log_group: LogGroupName) -> bool:
        """Ends a pause; False where there was none."""
        with translated("dynamodb:DeleteItem", self._table):
            gone = self._client.delete_item(
                TableName=self._table, Key=serialize({"pk": PAUSED, "sk": log_group}), ReturnValues="ALL_OLD"
            )
        return bool(gone.get("Attributes"))

    def runs(self) -> dict[str, RunNote]:
        """How the last run of each job went, by job."""
        return {item["sk"]: run_note(item) for item in self._partition(RUN)}

    def note_run(self, note: RunNote) -> None:
        """Writes a job's note over the one before, whose remarks it may keep."""
        before = self._get(RUN, note.job)
        note = note.after(run_note(before) if before else None)
        item: dict[str, Any] = {"pk": RUN, "sk": note.job, "outcome": note.outcome.value, "error": note.error}
        item |= {"ended_ms": note.ended_ms, "remarks": list(note.remarks), "remarks_ms": note.remarks_ms}
        with translated("dynamodb:PutItem", self._table):
            self._client.put_item(TableName=self._table, Item=serialize(item))

    def marks(self) -> dict[LogGroupName, Mark]:
        """How far each log group is planned."""
        return {LogGroupName(item["sk"]): _mark(item) for item in self._partition(MARK)}

    def move_mark(self, log_group: LogGroupName, before: Mark | None, after: Mark) -> bool:
        """Moves a mark; False where the stored one is not `before`."""
        return self._move({"pk": MARK, "sk": log_group, **vars(after)}, vars(before) if before else None)

    def turns(self) -> dict[LogGroupName, EpochMs]:
        """When each log group last had the export slot."""
        return {LogGroupName(item["sk"]): EpochMs(item["at_ms"]) for item in self._partition(TURN)}

    def take_turn(self, log_group: LogGroupName, now_ms: EpochMs) -> None:
        """Notes that a log group has the export slot."""
        item = {"pk": TURN, "sk": log_group, "at_ms": now_ms}
        with translated("dynamodb:PutItem", self._table):
            self._client.put_item(TableName=self._table, Item=serialize(item))

    def landed_days(self) -> dict[LogGroupName, LandedDays]:
        """The landed days that have still to settle, by log group."""
        return {LogGroupName(item["sk"]): _landed_days(item) for item in self._partition(LANDED_DAYS)}

    def landed_days_of(self, log_group: LogGroupName) -> LandedDays:
        """The landed days of one log group that have still to settle."""
        item = self._get(LANDED_DAYS, log_group)
        return _landed_days(item) if item else LandedDays(log_group)

    def note_landed_days(self, note: LandedDays) -> bool:
        """Writes a note; False where the stored one is not its version before."""
        planned = [[window.from_ms, window.to_ms] for window in note.planned]
        item = {"sk": note.log_group, "days": list(note.days), "planned": planned, "version": note.version}
        return self._put_next({"pk": LANDED_DAYS, **item})

    def uncrawled(self) -> dict[str, Uncrawled]:
        """What waits for a crawl, by table."""
        return {item["sk"]: _uncrawled(item) for item in self._partition(UNCRAWLED)}

    def note_uncrawled(self, note: Uncrawled) -> bool:
        """Writes a note; False where the stored one is not its version before."""
        item = {
            "pk": UNCRAWLED,
            "sk": note.table,
            "partitions": list(note.missing.partitions),
            "columns": list(note.missing.columns),
            "wakes": note.wakes,
            "version": note.version,
            "given_up": note.given_up,
        }
        return self._put_next(item)

    def looks(self) -> dict[str, EpochMs]:
        """When each table is to be looked at next."""
        return {str(item["sk"]): EpochMs(item["at_ms"]) for item in self._partition(LOOK)}

    def move_look(self, table: str, before: EpochMs | None, after: EpochMs) -> bool:
        """Sets when a table is looked at next; False where it is not `before`."""
        return self._move({"pk": LOOK, "sk": table, "at_ms": after}, None if before is None else {"at_ms": before})

    def _put_next(self, item: dict[str, Any]) -> bool:
        """Writes an item over its version before; False where the stored one is another."""
        return self._move(item, None if item["version"] == 1 else {"version": item["version"] - 1})

    def _move(self, item: dict[str, Any], before: Mapping[str, Any] | None) -> bool:
        """Replaces an item that has these values (None: there is none); False where it has others."""
        if before is None:
            return self._put_new(item)
        try:
            with translated("dynamodb:PutItem", self._table):
                self._client.put_item(
                    TableName=self._table,
                    Item=serialize(item),
                    ConditionExpression=" AND ".join(f"#{name} = :{name}" for name in before),
                    ExpressionAttributeNames={f"#{name}": name for name in before},
                    ExpressionAttributeValues=serialize({f":{name}": value for name, value in before.items()}),
                )
        except LedgerConflictError:
            return False
        return True

    def _partition(self, pk: str) -> list[dict[str, Any]]:
        """All items of one kind, in the order of their sort keys."""
        return self._query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}, ConsistentRead=True
        )


def run_note(item: Mapping[str, Any]) -> RunNote:
    """The note that an item of the partition `RUN` is."""
    ended_ms, remarks_ms = EpochMs(item["ended_ms"]), EpochMs(item["remarks_ms"])
    return RunNote(item["sk"], Outcome(item["outcome"]), ended_ms, item["error"], tuple(item["remarks"]), remarks_ms)


def _mark(item: dict[str, Any]) -> Mark:
    return Mark(*(EpochMs(item[name]) for name in Mark.__dataclass_fields__))


def _landed_days(item: dict[str, Any]) -> LandedDays:
    planned = tuple(Window(EpochMs(start), EpochMs(end)) for start, end in item["planned"])
    return LandedDays(LogGroupName(item["sk"]), tuple(map(EpochMs, item["days"])), planned, item["version"])


def _uncrawled(item: dict[str, Any]) -> Uncrawled:
    missing = Missing(tuple(item["partitions"]), tuple(item["columns"]))
    return Uncrawled(item["sk"], missing, item["wakes"], item["version"], item.get("given_up", False))
