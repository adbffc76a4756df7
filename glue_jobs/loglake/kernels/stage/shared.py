"""Many small bundles of one decision into one Parquet file per partition, in which each bundle has rows of its own."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from loglake.core.compaction.decision import Merge, MergedFile, MergeOutput, Slice
from loglake.core.keys import shared_file, shared_staging
from loglake.core.local_files import LocalFiles
from loglake.core.schema.conversion import BundleFailure, BundleResult, StagedFile
from loglake.errors import PermanentError, UnbalancedError
from loglake.kernels.convert import convert_bundle
from loglake.kernels.parquet.merge import merge_files
from loglake.kernels.stage.failures import failure_of, of_bundle
from loglake.kernels.work_folder import work_folder

if TYPE_CHECKING:
    from loglake.core.ports.objects import FileStore
    from loglake.core.schema.sharing import BundleGroup
    from loglake.kernels.readers.raw_objects import ReadableStore


def convert_together(
    group: BundleGroup, raw: ReadableStore, lake: FileStore, work_dir: str | None = None
) -> list[BundleResult | BundleFailure]:
    """Converts bundles one after the other, and joins the rows that several of them have in a partition.

    Each result is what `convert_bundle` gives, but for where its rows lie: those of a shared file have the key that
    their own file would have. Quarantine files, and files of partitions that only one bundle has, are as there. A
    bundle that fails has no rows in any file, and the others go on. If they can't be joined, each keeps its own file.
    Nothing is staged before all files are made.

    Same bundles, same keys and bytes. Memory: as for the largest bundle, or two row groups. Local disk holds the files
    of all bundles, and those of one partition twice more.

    Args:
        group: the bundles, and how they are read.
        raw: the bucket of the raw objects.
        lake: the bucket of the staged files.
        work_dir: the folder for local files; the system's temporary folder if None.

    Returns:
        A result or a failure for each bundle, in their order.

    Raises:
        TransientError: a store failed in a way that may pass.
    """
    with work_folder(work_dir) as folder:
        held = _HeldFiles(folder)
        converted = [
            of_bundle(bundle, partial(convert_bundle, bundle, group.plan, raw, held, folder))
            for bundle in group.bundles
        ]
        results = [each for each in converted if isinstance(each, BundleResult)]
        failures = [each for each in converted if isinstance(each, BundleFailure)]
        parts: dict[str, StagedFile] = {}
        with suppress(PermanentError):  # each bundle has a sound file of its own
            parts = _share(group, [staged for each in results for staged in each.files], held, folder)
        try:
            results = [replace(each, files=tuple(parts.get(f.final_key, f) for f in each.files)) for each in results]
            held.stage({staged.staged_key: None for each in results for staged in each.files}, lake)
        except PermanentError as error:
            without = [each for each in results if not each.files]
            failures += [failure_of(each, error) for each in results if each.files]
            return [*without, *failures]
        return [*results, *failures]


def _share(group: BundleGroup, files: Iterable[StagedFile], held: _HeldFiles, folder: str) -> dict[str, StagedFile]:
    """Makes the shared files. Returns their parts by final key.

    Raises:
        UnbalancedError: a file has other rows than its parts: a bug.
        PermanentError: see `merge_files`.
    """
    by_partition: dict[str, list[StagedFile]] = defaultdict(list)
    for staged in files:
        by_partition[staged.partition].append(staged)
    table, decision = group.bundles[0].table, group.bundles[0].attempt
    parts: dict[str, StagedFile] = {}
    for partition, own in by_partition.items():
        if partition and len(own) > 1:  # quarantine files have no partition
            key = shared_file(table, partition, decision, group.number)
            slices = tuple(Slice(each.staged_key, 0, each.rows, each.rows) for each in own)
            output = MergeOutput(shared_staging(table, decision) + key, slices)
            (made,) = merge_files(Merge(group.plan.schema, (output,)), held, folder)
            # If raw objects disappear, a task that is run twice makes two files: the decision names the right one.
            staged_key = held.rename(output.staged_key, f"{output.staged_key}.{made.sha256[:16]}")
            parts.update((part.final_key, part) for part in _parts(own, key, staged_key, made))
    return parts


def _parts(own: Sequence[StagedFile], key: str, staged_key: str, made: MergedFile) -> Iterator[StagedFile]:
    """What becomes of files that are merged in this order."""
    rows = sum(each.rows for each in own)
    if made.rows != rows:
        raise UnbalancedError(f"{len(own)} bundles have {rows} rows, and {key} has {made.rows}")
    first = 0
    for each in own:
        before, end = made.size_bytes * first // rows, first + each.rows
        yield replace(
            each,
            staged_key=staged_key,
            size_bytes=made.size_bytes * end // rows - before,
            sha256=made.sha256,
            within=key,
            first=first,
            total=rows,
        )
        first = end


class _HeldFiles:
    """Files that are not staged yet, by the keys that they would have in staging."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._paths: dict[str, str] = {}

    def put_file(self, key: str, path: str) -> None:
        """Keeps a copy of a file."""
        self._paths[key] = shutil.copyfile(path, os.path.join(self._folder, str(len(self._paths))))

    def rename(self, key: str, new: str) -> str:
        """Gives a file another key, and returns that."""
        self._paths[new] = self._paths.pop(key)
        return new

    def read(self, key: str, chunk_bytes: int) -> Iterator[bytes]:
        """As `SourceStore.read`."""
        return LocalFiles().read(self._paths[key], chunk_bytes)

    def stage(self, keys: Iterable[str], lake: FileStore) -> None:
        """Puts some of the files into staging."""
        for key in keys:
            lake.put_file(key, self._paths[key])
