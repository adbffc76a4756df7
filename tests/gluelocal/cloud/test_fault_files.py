"""Fault rules from a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.local.requests import environ

from gluelocal.cloud.events.event_rules import EVENT_FAULTS, EventRule
from gluelocal.cloud.faults.fault_files import ERROR_KEYS, RULE_KEYS, WAITING, FaultPlan, read_fault_file
from gluelocal.cloud.faults.fault_names import (
    ACCESS_DENIED,
    DROPPED_AFTER,
    EXPIRED_CREDENTIALS,
    NAMED,
    THROTTLED,
    hanging,
    slow,
)
from gluelocal.cloud.faults.injection import CLOUDFORMATION, Fault, FaultRule, Faults
from gluelocal.cloud.wire.calls import CALLER, read_call
from gluelocal.settable_clock import SettableClock
from loglake.errors import ConfigError

pytestmark = pytest.mark.unit

NOW = 1_795_219_200_000


def read(tmp_path: Path, text: str) -> FaultPlan:
    path = tmp_path / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return read_fault_file(path, NOW)


def reported(rule: FaultRule) -> tuple[object, ...]:
    """A rule without its function, which differs for each rule."""
    names = ("fault", "service", "operation", "resource", "first", "last", "probability", "seed", "from_ms", "until_ms")
    return tuple(getattr(rule, name) for name in names)


def test_every_key(tmp_path: Path) -> None:
    rules = read(
        tmp_path,
        """
        - {fault: throttled, service: s3, operation: Put*, first: 2, last: 9, probability: 0.5, seed: 7}
        - {fault: dropped_after}
        - {fault: expired_credentials, after_s: 60, until_s: 90.5}
        - {fault: slow, service: glue, delay_s: 2}
        - {fault: hanging_after, delay_s: 0.5}
        - {fault: hanging, delay_s: 0.5}
        - fault: {code: KMS.DisabledException, status: 403, message: The key is disabled.}
        - {fault: access_denied, operation: UpdateResource, resource: Convert*}
        - {fault: repeated_events, probability: 0.5, seed: 7}
        - {fault: late_events, delay_s: 2.5}
        """,
    )
    assert rules.events == (
        EventRule("repeated_events", probability=0.5, seed=7),
        EventRule("late_events", within_s=2.5),
    )
    assert [reported(rule) for rule in rules.calls] == [
        reported(FaultRule(THROTTLED, "s3", "Put*", first=2, last=9, probability=0.5, seed=7)),
        reported(FaultRule(DROPPED_AFTER)),
        reported(FaultRule(EXPIRED_CREDENTIALS, from_ms=NOW + 60_000, until_ms=NOW + 90_500)),
        reported(FaultRule(slow(2), "glue")),
        reported(FaultRule(hanging(0.5, after=True))),
        reported(FaultRule(hanging(0.5))),
        reported(FaultRule(Fault("error", code="KMS.DisabledException", status=403, message="The key is disabled."))),
        reported(FaultRule(ACCESS_DENIED, operation="UpdateResource", resource="Convert*")),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "needs a list of rules"),
        ("fault: throttled", "needs a list of rules"),
        ("- throttled", "rule 1: it needs a mapping with the key fault"),
        ("- {fault: throttled}\n- {service: s3}", "rule 2: it needs a mapping with the key fault"),
        ("- {fault: explode}", "'explode' is not a fault; there are throttled, server_error"),
        ("- {fault: throttled, serivce: s3}", "serivce is not a key of it; there are after_s, delay_s"),
        ("- {fault: throttled, service: dynamo}", "'dynamo' is not a service of AWS; is dynamodb meant?"),
        ("- {fault: throttled, service: S3}", "'S3' is not a service of AWS; is s3 meant?"),
        ("- {fault: throttled, service: nowhere-near}", "'nowhere-near' is not a service of AWS"),
        ("- {fault: throttled, service: s3, operation: PutObjet}", "not an operation of s3; is PutObject meant?"),
        ("- {fault: throttled, operation: put_object}", "'put_object' is not an operation; is PutObject meant?"),
        ("- {fault: throttled, service: s*, operation: CreateExportTask}", "'CreateExportTask' is not an operation"),
        ("- {fault: {code: X, why: y}}", "why is not a key of it; there are code, message, status"),
        ("- {fault: {message: y}}", "an error needs a name or a code"),
        ("- {fault: throttled, first: 1.5}", "first needs a whole number, and has 1.5"),
        ("- {fault: throttled, last: true}", "last needs a whole number, and has True"),
        ("- {fault: throttled, first: 0}", "counted from 1"),
        ("- {fault: throttled, probability: 2}", "a probability is between 0 and 1, not 2"),
        ("- {fault: slow}", "delay_s needs a number, and has None"),
        ("- {fault: slow, delay_s: -1}", "delay_s needs a number, and has -1"),
        ("- {fault: late_events}", "late_events needs a delay_s that is not 0"),
        ("- {fault: repeated_events, probability: 2}", "a probability is between 0 and 1, not 2"),
        ("- {fault: repeated_events, service: s3}", "service is not a key of it; there are delay_s, fault"),
        ("- [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text)
    assert problem in str(raised.value)
    assert "faults.yaml" in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: No such file"):
        read_fault_file(tmp_path / "none.yaml", NOW)


def test_the_page_has_every_fault_and_key_and_its_example_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "faults.md").read_text(encoding="utf-8")
    words = {word.strip("`,") for word in page.replace("|", " ").split()}
    assert set(NAMED) | set(WAITING) | set(EVENT_FAULTS) | RULE_KEYS - {"fault"} | ERROR_KEYS <= words
    example = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    plan = read(tmp_path, example)
    assert (len(plan.calls), len(plan.events)) == (6, 2)


def test_a_rule_for_resources_befalls_what_is_done_to_them_and_no_call() -> None:
    rules = (
        FaultRule(ACCESS_DENIED, operation="UpdateResource", resource="Con*", last=1),
        FaultRule(slow(1), service="cloudcontrol", resource="*", until_ms=NOW + 1000),
        FaultRule(THROTTLED, service="glue", resource="*"),
    )
    clock = SettableClock(NOW)
    faults = Faults(clock, rules)
    done = [("ExportLogs", "UpdateResource"), ("ConvertLogs", "CreateResource")] + [
        ("ConvertLogs", "UpdateResource")
    ] * 2
    assert [faults.fault_of_resource(*each) for each in done] == [slow(1), slow(1), ACCESS_DENIED, slow(1)]
    assert faults.fault_of(read_call(environ("POST", "/", "cloudcontrol", **{CALLER: "somebody"}))) is None
    clock.advance(1)
    assert faults.fault_of_resource("ExportLogs", "UpdateResource") is None


def test_what_services_do_fails_only_by_a_rule_that_names_them() -> None:
    call = read_call(environ("PUT", "/b/k", "s3", **{CALLER: CLOUDFORMATION}))
    assert Faults(SettableClock(NOW), [FaultRule(THROTTLED)]).fault_of(call) is None
    assert Faults(SettableClock(NOW), [FaultRule(THROTTLED, caller="cloudformation.*")]).fault_of(call) == THROTTLED
