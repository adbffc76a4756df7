"""The fields of each kind, which loglake finds itself and the others are given."""

from __future__ import annotations

import re
from typing import Any

TEXT, WHOLE, FRACTION, FLAG = "text", "whole", "fraction", "flag"

_ORDER: dict[str, Any] = {"level": TEXT, "message": TEXT, "order": {"id": WHOLE, "ok": FLAG}, "body": TEXT}

JSON: dict[str, dict[str, Any]] = {
    "json_200": {f"field_{number}": (TEXT, WHOLE, FRACTION, FLAG)[number % 4] for number in range(200)},
    "json_1_kb": _ORDER,
    "json_100_kb": _ORDER,
    "json_flat": {
        "time": TEXT, "level": TEXT, "msg": TEXT, "user_id": WHOLE, "status": WHOLE, "path": TEXT, "ms": FRACTION,
        "trace_id": TEXT,
    },
    "json_nested": {
        "time": TEXT,
        "level": TEXT,
        "msg": TEXT,
        "request": {
            "id": TEXT, "method": TEXT, "headers": {"host": TEXT, "user-agent": TEXT},
            "query": {"q": TEXT, "page": WHOLE},
        },
        "response": {"status": WHOLE, "ms": FRACTION},
        "items": [{"sku": TEXT, "qty": WHOLE}],
        "error": {"type": TEXT, "message": TEXT, "stack": [TEXT]},
    },
}  # fmt: skip
"""Kinds whose events are JSON objects, with the types of their fields."""

_VPC_FLOW = """version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action
    status"""
_ALB = """type time elb client target request_processing_time target_processing_time response_processing_time
    elb_status_code target_status_code received_bytes sent_bytes "request" "user_agent" ssl_cipher ssl_protocol
    target_group_arn "trace_id" "domain_name" "chosen_cert_arn" matched_rule_priority request_creation_time
    "actions_executed" "redirect_url" "error_reason" "target_list" "target_status_codes" "classification" "reason"
"""

SPACED = {"vpc_flow": _VPC_FLOW.split(), "alb": _ALB.split()}
"""Kinds whose events are values between spaces, with the names of these; some are in quotes."""

PATTERNS = {
    "spring": r"^(?P<time>\S+) +(?P<level>[A-Z]+) (?P<pid>\d+) --- \[(?P<thread>[^\]]*)\] "
    r"(?P<logger>\S+) *: (?P<message>.*)",
    "python_logging": r"^(?P<time>\S+ \S+) - (?P<logger>\S+) - (?P<level>[A-Z]+) - (?P<message>.*)",
    "nginx": r"^(?P<client>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?P<method>\S+) (?P<path>\S+) (?P<http_version>[^"]*)" (?P<http_status>\d+) (?P<bytes>\d+) '
    r'"(?P<referer>[^"]*)" "(?P<user_agent>[^"]*)"',
}
"""Those of formats whose values aren't just between spaces."""

SPACED |= {kind: re.findall(r"P<(\w+)>", pattern) for kind, pattern in PATTERNS.items()}

WHOLES = frozenset({
    "version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "elb_status_code",
    "target_status_code", "received_bytes", "sent_bytes", "matched_rule_priority", "pid", "http_status",
})  # fmt: skip
FRACTIONS = frozenset({"request_processing_time", "target_processing_time", "response_processing_time"})


def names_of(kind: str) -> list[str]:
    """The names of the values between spaces."""
    return [name.strip('"') for name in SPACED[kind]]


def pattern_of(kind: str) -> str:
    """A regular expression with a named group for each value between spaces."""
    values = (rf'"(?P<{name[1:-1]}>[^"]*)"' if name.startswith('"') else rf"(?P<{name}>\S+)" for name in SPACED[kind])
    return PATTERNS.get(kind) or f"^{' '.join(values)}"
