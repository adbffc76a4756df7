"""pandas as in a typical Lambda function: one object at a time, on one core. It keeps all events."""

import gzip
import json
import re
import sys
import time
from pathlib import Path

import pandas as pd
from benchmark.compare.kinds.fields import FRACTIONS, JSON, SPACED, WHOLES, names_of, pattern_of

START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")

source, output, kind = sys.argv[1:]
started = time.monotonic()
for path in sorted(Path(source).rglob("*.gz")):
    events: list[list[str]] = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if START.match(line):
                events.append([line[:24], line[25:]])
            elif events:
                events[-1][1] += line
    frame = pd.DataFrame(events, columns=["event_time", "raw"])
    frame["raw"] = frame["raw"].str.rstrip("\n")
    if kind in JSON:
        frame = frame.join(pd.json_normalize(frame["raw"].map(json.loads).tolist(), sep="_"))
    elif kind in SPACED:
        parts = frame["raw"].str.extract(pattern_of(kind))
        for name in names_of(kind):
            if name in WHOLES | FRACTIONS:
                parts[name] = pd.to_numeric(parts[name], errors="coerce")
        frame = frame.join(parts)
    frame["event_time"] = pd.to_datetime(frame["event_time"])
    frame["log_stream"] = path.parent.name
    for day, part in frame.groupby(frame["event_time"].dt.strftime("%Y-%m-%d")):
        folder = Path(output) / f"dt={day}"
        folder.mkdir(parents=True, exist_ok=True)
        part.to_parquet(folder / f"{path.parent.name}-{path.stem}.parquet", compression="zstd")
print(time.monotonic() - started)
