"""Which of the listed objects still have to be converted after earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loglake.core.schema.conversion import StagedFile
from loglake.core.schema.datasets import KEEP, OMIT
from loglake.errors import ConfigError
from loglake.pipelines.folder_convert.bundles import FolderRequest, contract_text, definition_digest, redaction_text
from loglake.pipelines.folder_convert.journal import ConvertedBundle
from loglake.pipelines.folder_convert.source_listing import SourceObject


@dataclass(frozen=True)
class Pending:
    """The work of a run.

    Attributes:
        fresh: objects that were never converted, in the order of their keys.
        again: bundles to replace, each with all of its objects.
        done: how many objects stay as they are.
        left: what stays unconverted because it can't be read, in sentences.
        quarantined: stretches in quarantine of the objects that stay as they are.
    """

    fresh: tuple[SourceObject, ...]
    again: tuple[tuple[ConvertedBundle, tuple[SourceObject, ...]], ...]
    done: int
    left: tuple[str, ...] = ()
    quarantined: int = 0

    @property
    def objects(self) -> int:
        """How many objects are to be converted."""
        return len(self.fresh) + sum(len(objects) for _, objects in self.again)


def pending_objects(
    listed: Sequence[SourceObject],
    bundles: Mapping[str, ConvertedBundle],
    request: FolderRequest,
    files: Mapping[str, int],
) -> Pending:
    """Compares listed objects with converted ones.

    Bundles without any listed object are left alone.

    Args:
        listed: the objects.
        bundles: what was converted, by name.
        request: what to make of the objects; what it leaves open may stay as it is.
        files: sizes of the existing files of the table and of its quarantine, by key.

    Raises:
        ConfigError: a bundle has to be converted again, but not all of its objects were found: the rows of the others
            would be lost.
    """
    by_identity = {item.identity: item for item in listed}
    owners = {identity: bundle for bundle in bundles.values() for identity in bundle.objects}
    touched = {owners[name].name: owners[name] for name in by_identity if name in owners}
    again, left = [], []
    unchanged, quarantined = len(listed), 0
    for bundle in touched.values():
        reason = _reason(bundle, by_identity, files) or _asked(bundle, request)
        if not reason:
            quarantined += bundle.accounting.quarantined
            continue
        objects = _all_of(bundle, by_identity, reason)
        unchanged -= len(objects)
        problem = next((item.problem for item in objects if item.problem), "")
        if problem:
            left.append(f"{problem} {stays(objects)}")
        else:
            again.append((bundle, objects))
    new = [item for item in listed if item.identity not in owners]
    left += [item.problem for item in new if item.problem]
    return Pending(
        tuple(item for item in new if not item.problem),
        tuple(again),
        unchanged - len(new),
        tuple(left),
        quarantined,
    )


def stays(objects: Sequence[SourceObject]) -> str:
    """A sentence about objects that keep their rows because an object of their bundle can't be read."""
    return (
        f"So the {len(objects)} objects that were converted together are not converted again, and their rows stay as "
        "they were."
    )


def _reason(bundle: ConvertedBundle, listed: Mapping[str, SourceObject], files: Mapping[str, int]) -> str:
    """Why a bundle has to be converted again whatever is requested; empty if it may stay."""
    for name, size_bytes in bundle.objects.items():
        if name in listed and not listed[name].problem and listed[name].raw.size_bytes != size_bytes:
            return f"{name} has another size than when it was converted"
    lost = _lost((each for each in bundle.files if each.partition), files)
    if not lost and all(name in listed for name in bundle.objects):  # no run is refused because of quarantine alone
        lost = _lost((each for each in bundle.files if not each.partition), files)
    return lost


def _asked(bundle: ConvertedBundle, request: FolderRequest) -> str:
    """The setting that has changed since a bundle was converted; empty if the bundle may stay."""
    log_group = request.log_group if request.regroup else bundle.log_group
    definition = definition_digest(request.pattern, request.event_start, request.fields)
    transform = request.transform.version if request.transform else bundle.transform
    contract = bundle.contract if request.contract is None else contract_text(request.contract)
    redact = bundle.redact if request.redact is None else redaction_text(request.redact)
    settings = (
        (log_group == bundle.log_group, f"as log group {bundle.log_group}"),
        (request.format in {"auto", bundle.format}, f"with format {bundle.format}"),
        (definition in {"", bundle.definition}, "with another definition of the format"),
        (request.timezone in {"", bundle.timezone}, f"with time zone {bundle.timezone or 'UTC'}"),
        (transform == bundle.transform, f"with {bundle.transform or 'no transformation'}"),
        (contract == bundle.contract, f"with the schema setting {bundle.contract or 'evolve'}"),
        (request.omits_raw in {None, bundle.omits_raw}, f"with raw: {OMIT if bundle.omits_raw else KEEP}"),
        (redact == bundle.redact, "with another redact"),
        (
            bundle.accept_corrupt or not (request.accept_corrupt and bundle.accounting.quarantined),
            "with checks of gzip",
        ),
    )
    return next((f"its objects were converted {how}" for is_same, how in settings if not is_same), "")


def _lost(files: Iterable[StagedFile], sizes: Mapping[str, int]) -> str:
    """The first file that is gone, or has another size; empty if all are there."""
    for each in files:
        if each.final_key not in sizes:
            return f"{each.final_key} is gone from the output"
        if sizes[each.final_key] != each.size_bytes:
            return f"{each.final_key} has another size than when it was written"
    return ""


def _all_of(bundle: ConvertedBundle, listed: Mapping[str, SourceObject], reason: str) -> tuple[SourceObject, ...]:
    absent = [name for name in bundle.objects if name not in listed]
    if absent:
        raise ConfigError(
            f"{reason}, so all that was converted together has to be converted again, and {len(absent)} of its "
            f"{len(bundle.objects)} objects are not in the input, such as {absent[0]}. "
            "Give an input that has them all, or another output."
        )
    return tuple(listed[name] for name in bundle.objects)
