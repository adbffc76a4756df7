"""The fields of each kind, which loglake finds itself and the others are given."""

from __future__ import annotations

from typing import Any

TEXT, WHOLE, FRACTION, FLAG = "text", "whole", "fraction", "flag"

_ORDER: dict[str, Any] = {"level": TEXT, "message": TEXT, "order": {"id": WHOLE, "ok": FLAG}, "body": TEXT}

JSON: dict[str, dict[str, Any]] = {
    "json_200": {f"field_{number}": (TEXT, WHOLE, FRACTION, FLAG)[number % 4] for number in range(200)},
    "json_1_kb": _ORDER,
    "json_100_kb": _ORDER,
}
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

WHOLES = frozenset({
    "version", "srcport", "dstport", "protocol", "packets", "bytes", "start", "end", "elb_status_code",
    "target_status_code", "received_bytes", "sent_bytes", "matched_rule_priority",
})  # fmt: skip
FRACTIONS = frozenset({"request_processing_time", "target_processing_time", "response_processing_time"})


def names_of(kind: str) -> list[str]:
    """The names of the values between spaces."""
    return [name.strip('"') for name in SPACED[kind]]


def pattern_of(kind: str) -> str:
    """A regular expression with a named group for each value between spaces."""
    values = (rf'"(?P<{name[1:-1]}>[^"]*)"' if name.startswith('"') else rf"(?P<{name}>\S+)" for name in SPACED[kind])
    return f"^{' '.join(values)}"
