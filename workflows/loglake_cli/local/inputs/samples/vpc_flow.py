"""VPC flow logs in the default format (version 2, 14 fields), one stream per network interface.

Amazon VPC user guide, "Flow log records": a record without traffic has ``-`` in its address fields and the status
NODATA; a record that was lost has SKIPDATA. The time of the event in CloudWatch is the start of the record's capture
window.
"""

from __future__ import annotations

import random

from loglake_cli.local.inputs.samples.traffic import Made, Streams, Traffic

LOG_GROUP = "/vpc/flow"

_ACCOUNT = "123456789012"
_INTERFACES = 2
_TCP, _UDP = 6, 17
_SERVICES = ((443, _TCP), (80, _TCP), (5432, _TCP), (53, _UDP), (22, _TCP))
_SERVICE_WEIGHTS = (50, 18, 18, 10, 4)


def streams(traffic: Traffic, count: int) -> Streams:
    """Makes a number of records, over streams such as ``eni-0a1b…-all``."""
    names = [f"eni-{traffic.hex_id(17)}" for _ in range(_INTERFACES)]
    made: dict[str, list[Made]] = {f"{name}-all": [] for name in names}
    for ms in traffic.times(count):
        start_s = ms // 1000
        name = traffic.rng.choice(names)
        made[f"{name}-all"].append((start_s * 1000, _record(traffic.rng, name, start_s)))
    return made


def _record(rng: random.Random, interface: str, start_s: int) -> str:
    end_s = start_s + rng.randrange(20, 61)
    odd = rng.random()
    if odd < 0.012:
        return f"2 {_ACCOUNT} {interface} - - - - - - - {start_s} {end_s} - {'SKIPDATA' if odd < 0.002 else 'NODATA'}"
    service_port, protocol = rng.choices(_SERVICES, weights=_SERVICE_WEIGHTS)[0]
    outside = f"{rng.choice(('198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"
    inside = f"10.0.{rng.randrange(4)}.{rng.randrange(4, 255)}"
    client_port = rng.randrange(32768, 61000)
    packets = rng.randrange(1, 400)
    size = packets * rng.randrange(40, 1500)
    action = "REJECT" if service_port == 22 or rng.random() < 0.02 else "ACCEPT"
    ends = f"{outside} {inside} {client_port} {service_port}"
    if rng.random() < 0.5:  # the answer
        ends = f"{inside} {outside} {service_port} {client_port}"
    return f"2 {_ACCOUNT} {interface} {ends} {protocol} {packets} {size} {start_s} {end_s} {action} OK"
