"""What `redact` of a dataset would hide in a log file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from loglake.core.local_files import LocalFiles
from loglake.core.schema.redaction import PATTERNS, Redaction
from loglake.core.units import LogGroupName
from loglake.errors import ConfigError, UnreadableError
from loglake.kernels.arrow import pc
from loglake.kernels.readers.raw_objects import OriginEvents, Origins, read_objects
from loglake.kernels.readers.sniff import PlainRules
from loglake.kernels.redact.redactor import Redactor
from loglake.pipelines.log_reading import LogsRequest, bundle_of
from loglake_cli.operations.formats.trying import ShownEvent, dataset_of, object_of

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN_CHARACTERS = 200

_OTHER_HASHES = "Hashes are made with a key for this command alone: redact_key names no file."
_NO_COLUMNS = "Fields are looked for by the names in events. A job hides what columns of that name have, too."


@dataclass(frozen=True)
class Hidden:
    """What would be hidden.

    Attributes:
        events: all events of the file; `changed` have something to hide.
        values: how many values, by the pattern that finds them, the most first.
        examples: the first events that have something to hide, cut if they are long.
        undecoded: stretches of the file that are no events; quarantine would have none of their bytes.
        limits: in which way a job would hide something else.
    """

    events: int
    changed: int
    values: Mapping[str, int]
    examples: tuple[ShownEvent, ...]
    undecoded: int
    limits: tuple[str, ...]


def run(file: Path, *, datasets: Path | None = None, log_group: str | None = None, shown: int = 5) -> Hidden:
    """Looks for values in all events of a file, as a job would; writes nothing.

    Args:
        file: the log file.
        datasets: a datasets file that says what is hidden; without it, all built-in patterns are looked for.
        log_group: chooses the entry of `datasets`.
        shown: how many examples.

    Raises:
        ConfigError: the file can't be read, or the entry has no `redact`.
    """
    redaction, has_key = Redaction.from_json(PATTERNS), True
    if datasets:
        from loglake_cli.deploy.artifacts import read_datasets  # noqa: PLC0415  (what builds wheels)

        redaction, has_key = dataset_of(datasets, log_group).redact, bool(read_datasets(datasets).redact_key.file)
    if not redaction:
        raise ConfigError(f"{datasets}: this entry has no redact: add one, such as `redact: [email, card]`.")
    limits = (
        (redaction.hashes and not has_key, _OTHER_HASHES),
        (any(rule.field for rule in redaction.rules), _NO_COLUMNS),
    )
    redactor = Redactor(redaction)
    bundle = bundle_of(LogsRequest(LogGroupName(file.name)), (object_of(file),))
    events = changed = undecoded = 0
    examples: list[ShownEvent] = []
    try:
        for item in read_objects(bundle.objects, "", LocalFiles(), Origins(), PlainRules.of(bundle)):
            if not isinstance(item, OriginEvents):
                undecoded += 1
                continue
            hidden = redactor.events(item.batch)
            differs = pc.not_equal(item.batch.column("raw"), hidden.column("raw"))
            events += hidden.num_rows
            changed += pc.sum(differs).as_py() or 0
            examples += islice(_examples(hidden.filter(differs)), shown - len(examples))
    except (UnreadableError, OSError) as error:
        raise ConfigError(f"{file} can't be read: {error}") from error
    return Hidden(
        events,
        changed,
        dict(redactor.counts.most_common()),
        tuple(examples),
        undecoded,
        tuple(limit for applies, limit in limits if applies),
    )


def _examples(events: pa.RecordBatch) -> list[ShownEvent]:
    few = events.slice(0, 100).select(["line", "raw"]).to_pylist()
    return [ShownEvent(each["line"], each["raw"][:_SHOWN_CHARACTERS]) for each in few]
