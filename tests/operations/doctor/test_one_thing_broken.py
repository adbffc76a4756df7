"""Breaks one thing of a healthy deployment at a time: doctor names it and nothing else."""

from __future__ import annotations

import shlex

import pytest
from support.deployments.breaks import NOW_MS, Break, Broken
from support.deployments.broken_contents import BROKEN_CONTENTS, ONLY_WITH_A_PARAMETER
from support.deployments.broken_platform import BROKEN_PLATFORM
from support.deployments.examined_account import ACCOUNT, REGION, ExaminedAccount
from support.deployments.templates import PSEUDO, one_deployed_stack
from support.log_clock import LogClock

from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.examination import examine
from loglake_cli.operations.doctor.finding import Finding, Result
from loglake_cli.project_files import DEPLOYER_TEMPLATE

pytestmark = pytest.mark.unit

BROKEN: dict[str, Broken] = {**BROKEN_PLATFORM, **BROKEN_CONTENTS}


def found(account: ExaminedAccount) -> tuple[Finding, ...]:
    return examine(Account("lake", account.client, LogClock(NOW_MS)))


def problems(account: ExaminedAccount) -> list[Finding]:
    return [finding for finding in found(account) if finding.result is Result.PROBLEM]


@pytest.mark.parametrize("what", BROKEN)
def test_doctor_names_what_is_broken_and_only_that(what: str) -> None:
    check_named(ExaminedAccount(), *BROKEN[what])


@pytest.mark.parametrize("what", ONLY_WITH_A_PARAMETER)
def test_doctor_names_what_is_broken_of_a_deployment_with_all_parameters(what: str) -> None:
    check_named(ExaminedAccount(whole=True), *ONLY_WITH_A_PARAMETER[what])


def check_named(account: ExaminedAccount, check: str, subject: str, breaks: Break) -> None:
    breaks(account)
    named = problems(account)
    assert named
    assert {finding.check for finding in named} == {check}
    assert all(subject in finding.subject for finding in named)
    for finding in named:
        assert finding.found.endswith((".", "}", ")")) or ": " in finding.found
        assert finding.why.endswith(".") or finding.why.endswith('"')
        if finding.fix.startswith(("aws ", "loglake ")):
            shlex.split(finding.fix.partition("  # ")[0])  # it can be pasted: its quotes are closed


@pytest.mark.parametrize("whole", [False, True])
def test_nothing_is_wrong_where_nothing_is_broken(whole: bool) -> None:
    assert {finding.result for finding in found(ExaminedAccount(whole=whole))} == {Result.OK}


def test_doctor_says_from_how_many_landed_objects_on_looks_are_cheaper() -> None:
    (said,) = (each.found for each in found(ExaminedAccount()) if "landed objects a day on" in each.found)
    assert said.endswith("landed objects a day on, LandingStart: Look is cheaper than Event.")


def test_the_boundary_of_the_stack_deployer_is_in_nobodys_way() -> None:
    account = ExaminedAccount(whole=True)
    pseudo = {**PSEUDO, "AWS::AccountId": ACCOUNT, "AWS::Region": REGION}
    policies = one_deployed_stack(DEPLOYER_TEMPLATE, pseudo, Prefix="lake").of_type("AWS::IAM::ManagedPolicy")
    for role in account.roles.values():
        role["Boundary"] = policies["Boundary"]["PolicyDocument"]["Statement"]
    assert problems(account) == []


def test_what_is_broken_reaches_each_check_but_one_that_needs_no_proof() -> None:
    proven = {check for check, _, _ in [*BROKEN.values(), *ONLY_WITH_A_PARAMETER.values()]}
    assert {finding.check for finding in found(ExaminedAccount())} == proven
