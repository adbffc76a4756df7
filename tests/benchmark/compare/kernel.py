"""The kernel on one core, beside the least work possible: unpacking and writing the same table."""

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq

from loglake.core.schema.bundle import Bundle, RawObject
from loglake.core.schema.conversion import TablePlan
from loglake.core.schema.format_choice import choose_formats, fields_of
from loglake.core.schema.redaction import NO_REDACTION, PATTERNS, Redaction
from loglake.core.schema.schema import TableSchema, grow
from loglake.core.units import LogGroupName, parse_instant
from loglake.core.windows import Window
from loglake.kernels.convert import convert_bundle
from loglake.kernels.formats.learn.learn import merge
from loglake.kernels.parquet.file import open_file
from loglake.kernels.readers.unpacking.gunzip import gunzip
from loglake.kernels.sample import sample_bundle
from loglake_cli.folders.folder_store import FolderStore

ROUNDS = 3


def seconds(step: Callable[[], object]) -> float:
    """The least processor time of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        best = min(best, _seconds(step))
    return best


def conversion(source: Path, lake: Path, redact: Redaction = NO_REDACTION) -> Callable[[], object]:
    """Returns a function that converts the first object of a folder. Its formats and fields are looked up before."""
    path = sorted(source.rglob("*.gz"))[0]
    raw = FolderStore(source)
    window = Window(parse_instant("1970-01-01"), parse_instant("9999-12-31"))
    objects = (RawObject(str(path.relative_to(source)), path.stat().st_size, path.parent.name),)
    bundle = Bundle("bench", LogGroupName("/bench"), window, 0, 0, "a", objects, redact=redact)
    seen = sample_bundle(bundle, raw)
    first, *others = formats = choose_formats([seen])
    schema = grow(TableSchema("bench"), fields_of([seen], formats), merge((), seen.layouts))
    plan = TablePlan(first, schema, tuple(others))
    return lambda: convert_bundle(bundle, plan, raw, FolderStore(lake))


def redaction_ratio(source: Path, rounds: int = ROUNDS) -> float:
    """Processor time with all patterns by that without, where 1 % of the events have an address: the median of rounds.

    By turns, so that what else the machine does meets both.
    """
    lines = gzip.decompress(sorted(source.rglob("*.gz"))[0].read_bytes()).splitlines(keepends=True)
    for number in range(0, len(lines), 100):
        lines[number] = lines[number].replace(b'"message": "', b'"message": "joe@example.com ')
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "exports" / "stream" / "000000.gz"
        body.parent.mkdir(parents=True)
        body.write_bytes(gzip.compress(b"".join(lines), mtime=0))
        lake = Path(folder) / "lake"
        without = conversion(body.parent, lake)
        hiding = conversion(body.parent, lake, Redaction.from_json(PATTERNS))
        return median(_seconds(hiding) / _seconds(without) for _ in range(rounds))


def _seconds(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def main(source: Path) -> None:
    """Prints what the kernel does, and the limit."""
    body = sorted(source.rglob("*.gz"))[0].read_bytes()
    mb = len(gzip.decompress(body)) / 1e6
    with tempfile.TemporaryDirectory() as folder:
        kernel = seconds(conversion(source, Path(folder)))
        files = [pq.ParquetFile(each) for each in Path(folder).rglob("*.parquet")]
        groups = [file.read_row_group(number) for file in files for number in range(file.num_row_groups)]

        def limit() -> None:
            sum(map(len, gunzip(lambda: [body])))
            writer = open_file(f"{folder}/limit", groups[0])
            for group in groups:
                writer.write_table(group)
            writer.close()

        speeds = {"kernel_mb_s": mb / kernel, "limit_mb_s": mb / seconds(limit)}
        print(json.dumps({**speeds, "redaction_ratio": redaction_ratio(source)}))


if __name__ == "__main__":
    pa.set_cpu_count(1)
    main(Path(sys.argv[1]))
