"""A local run that exports and lands, made once for tests of the run and of commands after it."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.local.commands import inside
from support.local.made_once import made_once
from support.logs.payloads import CONTROL, lambda_event, log_event, packed, payload

if TYPE_CHECKING:
    import pytest

LANDED = "/app/live"
ALB = (
    "http 2026-11-21T08:30:00.123456Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 "
    '200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - '
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
    '"Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2026-11-21T08:30:00.122000Z "forward" "-" "-" "10.0.0.1:80" '
    '"200" "-" "-"\n'
)
EVENTS = [
    json.dumps(
        {
            "time": f"2026-11-20T10:00:{second:02}Z",
            "level": "INFO",
            "status": second,
            "service": {"name": "shop"},
            "request": {"duration_ms": 0.5},
        }
    )
    for second in range(9)
]
"""Of a log file that is exported as /app/shop and as /app/mine, the log groups of the documentation."""


def landed_run(factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A writable folder with a finished local run, and the run's document.

    A run on text files, three payloads that share events, one damaged, and an object of a load balancer.
    """
    folder = factory.mktemp("landed") / "folder"
    shutil.copytree(made_once(factory, "landed-run", _run), folder)
    return folder, json.loads((folder / "document.json").read_text())


def _run(folder: Path) -> None:
    (folder / "batch.log").write_text("2026-11-21T08:00:00Z INFO one\n2026-11-21T08:00:01Z INFO two\n")
    (folder / "app.log").write_text("\n".join(EVENTS))
    first = _payload(range(30))
    (folder / "firehose").write_bytes(gzip.compress(gzip.compress(CONTROL) + gzip.compress(first)))
    (folder / "plain.json").write_bytes(_payload(range(20, 40)) + b"\n")
    (folder / "envelope").write_bytes(lambda_event(packed(_payload(range(40, 50)))))
    (folder / "cut.gz").write_bytes(gzip.compress(_payload(range(50, 60)) + first)[:-30])
    (folder / "alb.log").write_text(ALB * 3)
    files = [
        ("--logs", "batch.log", "/app/batch"),
        *(("--logs", "app.log", name) for name in ("/app/shop", "/app/mine")),
    ]
    files += [("--landing", name, LANDED) for name in ("firehose", "plain.json", "envelope", "cut.gz")]
    files += [("--landing", "alb.log", "/lb")]
    given = [word for option, name, group in files for word in (option, name, "--log-group", group)]
    done = inside("local", "run", "--json", "--enforce-iam", *given, cwd=folder)
    assert done.exit_code == 0, done.stderr
    (folder / "document.json").write_text(done.stdout)


def _payload(numbers: range) -> bytes:
    events = [log_event(n, json.dumps({"level": "warn", "n": n})) for n in numbers]
    return payload(events, logGroup=LANDED)
