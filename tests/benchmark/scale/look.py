"""A look for landed objects that finds none, and what it costs on Glue by its price and these seconds."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

from benchmark.scale.landing import REQUEST_S, Counted
from benchmark.scale.row import Row, timed
from support.fakes.fakes import START_MS, MemoryLedger
from support.fakes.stores import MemoryStore

from loglake.core.state_items import LANDED_LOOK, LOOK, claim_ledger
from loglake.pipelines.landing.full_look import start_landing
from loglake_cli.operations.cost.assumptions import values
from loglake_cli.operations.cost.estimate import look_usd
from loglake_cli.project_files import CLONE, python_shell

START_S = 20
"""What Glue takes from the start of a Python shell run to its script. Assumed: not measured."""

SLOWER = 4
"""A Python shell of a sixteenth of a DPU has a quarter of a core."""

_IMPORTS = (
    "import boto3, loglake.aws.landing_queue, loglake.aws.ledger_store, loglake.aws.objects, "
    "loglake.pipelines.landing.full_look"
)


def measure_look() -> list[Row]:
    """A look after which nothing starts, as all but one of a day are."""
    with timed() as imports:
        command = [str(python_shell() or sys.executable), "-c", _IMPORTS]
        subprocess.run(command, check=True, cwd=CLONE / "glue_jobs")
    ledger, raw, control = MemoryLedger(), MemoryStore("raw"), MemoryStore("control")
    claim_ledger(ledger, START_MS)
    ledger.put(LANDED_LOOK, LOOK, START_MS)
    calls: Counter[str] = Counter()
    counted = (Counted(each, calls) for each in (ledger, raw, raw.landed, control))
    if start_landing(*counted, now_ms=START_MS, run_id="jr_1"):
        raise RuntimeError("an idle look started a run")
    requests = sum(calls.values()) - calls["load"]  # both notes are read ahead
    seconds = START_S + SLOWER * imports.cpu_seconds + requests * REQUEST_S
    a = values()
    asked = (
        a["put"] / 1000 + requests * (a["write_unit"] + a["sqs"]) / 1e6
    )  # the schedule's object; the rest at the most
    return [
        Row(
            "A look that finds nothing",
            1000 * (look_usd(seconds) + asked),
            "<=",
            1,
            "USD for a thousand",
            {"seconds": seconds, "of imports here": imports.cpu_seconds, "requests": requests},
        )
    ]
