"""Which of the listed objects still have to be converted after earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loglake.core.schema.conversion import StagedFile
from loglake.errors import ConfigError
from loglake.pipelines.folder_convert.journal import ConvertedBundle
from loglake.pipelines.folder_convert.source_listing import SourceObject


@dataclass(frozen=True)
class Wanted:
    """The conditions under which converted objects stay as they are.

    Attributes:
        files: sizes of the existing files of the table and of its quarantine, by key.
        log_group: the rows' log group; None: any.
        format: the requested format; ``auto``: any.
        timezone: the requested time zone; empty: any.
        transform: the transformation and its version, empty for none; None: any.
        contract: the schema contract, empty if it allows all; None: any.
        definition: of what defines the format, a digest; empty: any.
        accept_corrupt: nothing is to be left out because a gzip member fails its check.
    """

    files: Mapping[str, int]
    log_group: str | None
    format: str
    timezone: str = ""
    transform: str | None = None
    contract: str | None = None
    definition: str = ""
    accept_corrupt: bool = False


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


def pending_objects(listed: Sequence[SourceObject], bundles: Mapping[str, ConvertedBundle], wanted: Wanted) -> Pending:
    """Compares listed objects with converted ones.

    Bundles without any listed object are left alone.

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
        reason = _reason(bundle, by_identity, wanted)
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


def _reason(bundle: ConvertedBundle, listed: Mapping[str, SourceObject], wanted: Wanted) -> str:
    """Why a bundle has to be converted again; empty if it may stay."""
    for name, size_bytes in bundle.objects.items():
        if name in listed and not listed[name].problem and listed[name].raw.size_bytes != size_bytes:
            return f"{name} has another size than when it was converted"
    lost = _lost((each for each in bundle.files if each.partition), wanted)
    if not lost and all(name in listed for name in bundle.objects):  # no run is refused because of quarantine alone
        lost = _lost((each for each in bundle.files if not each.partition), wanted)
    return lost or _asked(bundle, wanted)


def _asked(bundle: ConvertedBundle, wanted: Wanted) -> str:
    """The setting that has changed since a bundle was converted; empty if the bundle may stay."""
    settings = (
        (wanted.log_group in {None, bundle.log_group}, f"as log group {bundle.log_group}"),
        (wanted.format in {"auto", bundle.format}, f"with format {bundle.format}"),
        (wanted.definition in {"", bundle.definition}, "with another definition of the format"),
        (wanted.timezone in {"", bundle.timezone}, f"with time zone {bundle.timezone or 'UTC'}"),
        (wanted.transform in {None, bundle.transform}, f"with {bundle.transform or 'no transformation'}"),
        (wanted.contract in {None, bundle.contract}, f"with the schema setting {bundle.contract or 'evolve'}"),
        (bundle.accept_corrupt or not (wanted.accept_corrupt and bundle.accounting.quarantined), "with checks of gzip"),
    )
    return next((f"its objects were converted {how}" for is_same, how in settings if not is_same), "")


def _lost(files: Iterable[StagedFile], wanted: Wanted) -> str:
    """The first file that is gone, or has another size; empty if all are there."""
    for each in files:
        if each.final_key not in wanted.files:
            return f"{each.final_key} is gone from the output"
        if wanted.files[each.final_key] != each.size_bytes:
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
