"""pandas as in a typical Lambda function: one object at a time, json.loads per line, one core. It keeps all events."""

import gzip
import json
import re
import sys
import time
from pathlib import Path

import pandas as pd

START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")

source, output = map(Path, sys.argv[1:])
started = time.monotonic()
for path in sorted(source.rglob("*.gz")):
    events: list[list[str]] = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if START.match(line):
                events.append([line[:24], line[25:]])
            elif events:
                events[-1][1] += line
    rows = []
    for stamp, text in events:
        raw = text.rstrip("\n")
        row = {"event_time": stamp, "raw": raw}
        if raw.startswith("{"):
            row.update(json.loads(raw))
        rows.append(row)
    frame = pd.json_normalize(rows, sep="_")
    frame["event_time"] = pd.to_datetime(frame["event_time"])
    frame["log_stream"] = path.parent.name
    for day, part in frame.groupby(frame["event_time"].dt.strftime("%Y-%m-%d")):
        folder = output / f"dt={day}"
        folder.mkdir(parents=True, exist_ok=True)
        part.to_parquet(folder / f"{path.parent.name}-{path.stem}.parquet", compression="zstd")
print(time.monotonic() - started)
