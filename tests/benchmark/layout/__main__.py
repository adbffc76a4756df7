"""Measures what typical queries read of a table, and writes ``bench/layout.json``.

    make bench-layout            320 MB of text: two log groups, two days
    make bench-layout MB=1000

For each layout: its files, their bytes, processor time to write them, and of each query the share of these bytes that
DuckDB reads. The target is 20 % where the predicate allows it: a query for all messages of half of a table can't.
With 740 MB it is 5 % for one id and its time, and 8 % for its whole events. Then ``loglake find`` of one id over ten
tables: 10 %, and 2 s. Last, how large tables are beside what DuckDB writes of the same rows, with 20 MB of text each at
the most.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmark.layout.counting import bytes_read
from benchmark.layout.finding import measure_find
from benchmark.layout.queries import ID_COLUMN, WHOLE_EVENTS, queries
from benchmark.layout.sizes import SIZE_TARGET, measure_sizes
from benchmark.layout.table import make_table
from benchmark.layout.variants import variants
from benchmark.scale.row import timed

TARGET = 0.2
TARGETS = {ID_COLUMN: 0.05, WHOLE_EVENTS: 0.08}
FIND_SHARE, FIND_SECONDS = 0.1, 2.0


def run(output: Path, megabytes: float) -> dict[str, Any]:
    """Measures all layouts, and writes the results into a folder; returns them."""
    layouts: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="loglake-bench-") as folder:
        table = make_table(Path(folder), megabytes)
        asked = queries(table)
        for name, write in variants().items():
            target = Path(folder) / f"variant-{len(layouts)}"
            with timed() as writing:
                write(table, target)
            files = [path.stat().st_size for path in target.rglob("*.parquet")]
            size = sum(files)
            read = {what: bytes_read(target, query) for what, query in asked.items()}
            answers = {what: rows for what, (_, rows) in read.items()}
            shares = {what: count / size for what, (count, _) in read.items()}
            made = {"bytes": size, "files": len(files), "cpu_seconds": writing.cpu_seconds}
            layouts[name] = made | {"shares": shares, "answers": answers}
    first = next(iter(layouts.values()))
    if any(each["answers"] != first["answers"] for each in layouts.values()):
        raise RuntimeError(f"The layouts give other answers: {[each['answers'] for each in layouts.values()]}")
    with tempfile.TemporaryDirectory(prefix="loglake-bench-") as folder:
        found = measure_find(Path(folder), megabytes)
        sizes = measure_sizes(Path(folder), min(megabytes, 20))
    results = {"megabytes": megabytes, "layouts": layouts, "find": found, "sizes": sizes}
    output.mkdir(parents=True, exist_ok=True)
    (output / "layout.json").write_text(json.dumps(results, indent=1) + "\n")
    return results


def main() -> None:
    """Reads the command line, and prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=Path, default=Path("bench"))
    parser.add_argument("--megabytes", type=float, default=320)
    asked = parser.parse_args()
    results = run(asked.output, asked.megabytes)
    layouts = results["layouts"]
    print("Share of the table's bytes that each query reads:\n")
    for name, found in layouts.items():
        size = f"{found['bytes'] / 1e6:.1f} MB in {found['files']} files"
        print(f"{name}: {size}, written in {found['cpu_seconds']:.1f} CPU s")
        for what, share in found["shares"].items():
            target = TARGETS.get(what, TARGET)
            met = "" if share <= target else f"   more than {target:.0%}"
            print(f"    {what:32}{share:8.1%}{met}   {found['answers'][what]:,} rows")
    find = results["find"]
    is_met = find["share"] <= FIND_SHARE and find["seconds"] <= FIND_SECONDS
    met = "" if is_met else f"   more than {FIND_SHARE:.0%} or {FIND_SECONDS:.0f} s"
    print(f"loglake find of one id over ten tables: {find['share']:.1%} of the bytes, {find['seconds']:.1f} s{met}")
    for name, of in results["sizes"].items():
        said = f"{name}: {of['bytes'] / of['text']:.1%} of the text, {of['bytes'] / of['duckdb']:.2f} of DuckDB's"
        met = "" if "VPC" not in name or of["bytes"] <= SIZE_TARGET * of["duckdb"] else f"   more than {SIZE_TARGET}"
        print(said + met)
    print(f"All numbers are in {asked.output}/layout.json.")


if __name__ == "__main__":
    main()
