"""Doctor says which log groups that are to be landed have no subscription filter, and why."""

from __future__ import annotations

import io
from typing import Any

import pytest
from support.deployments.examined_account import NOW, ExaminedAccount
from support.log_clock import LogClock

from loglake.core.landing.subscriptions import UNKNOWN, Subscribed, SubscriptionFilter
from loglake.core.units import MS_PER_HOUR, EpochMs, LogGroupName, to_ms
from loglake_cli.operations.doctor.account import Account
from loglake_cli.operations.doctor.checks.log_groups import subscribed
from loglake_cli.operations.doctor.finding import Finding

pytestmark = pytest.mark.unit

WANTED = SubscriptionFilter("lake-landing", "arn:aws:firehose:eu-central-1:123456789012:deliverystream/lake-logs")
ORDERS = LogGroupName("/live/orders")
KINESIS = {"filterName": "mine", "destinationArn": "arn:aws:kinesis:x"}


def looked(account: ExaminedAccount, note: Subscribed | None, subscribe: str = "LogGroups") -> list[Finding]:
    """The findings of a deployment whose last look left a note."""
    parameter = {"ParameterKey": "Subscribe", "ParameterValue": subscribe}
    account.stacks["lake-streaming"] = {"StackStatus": "CREATE_COMPLETE", "Parameters": [parameter]}
    other = account.clients.answers["s3", "GetObject"]

    def read(members: Any) -> Any:
        if members["Key"] != "config/subscribed.json":
            return other(members)
        return {"Body": io.BytesIO(note.to_json() if note else b"")}

    account.clients.answers["s3", "GetObject"] = read
    return list(subscribed.look(Account("lake", account.client, LogClock(to_ms(NOW)))))


def note(groups: dict[LogGroupName, EpochMs], age_ms: int = 0, **refused: str) -> Subscribed:
    why = {LogGroupName(f"/live/{name}"): said for name, said in refused.items()}
    return Subscribed(WANTED, groups, why, EpochMs(to_ms(NOW) - age_ms))


def test_nothing_is_wrong_if_each_has_one() -> None:
    assert looked(ExaminedAccount(), note({ORDERS: EpochMs(1)})) == []


def test_one_that_the_last_look_could_not_subscribe_is_named_with_the_reason() -> None:
    account = ExaminedAccount()
    account.filters[str(ORDERS)] = [KINESIS, KINESIS]
    (finding,) = looked(account, note({ORDERS: UNKNOWN}, orders="it takes no more"))
    assert finding.found == (
        "The log group /live/orders has ingest: landing and no subscription filter: it takes no more."
    )
    assert finding.fix.endswith("change ingest in the datasets file, then: loglake deploy --prefix lake")


def test_the_class_of_a_log_group_is_a_reason_too() -> None:
    account = ExaminedAccount()
    account.filters.clear()
    account.groups[str(ORDERS)]["logGroupClass"] = "INFREQUENT_ACCESS"
    (finding,) = looked(account, note({}))
    assert finding.found.endswith("filter: log groups of the class INFREQUENT_ACCESS can't have one.")


def test_beyond_two_hundred_log_groups_the_note_says_it() -> None:
    account = ExaminedAccount()
    names = [LogGroupName(f"/live/{number:03}") for number in range(300)]
    account.groups = {name: {"logGroupName": name, "logGroupClass": "STANDARD"} for name in names}
    account.filters = {name: [account.subscription] for name in names}
    had = dict.fromkeys(names, EpochMs(1)) | {names[250]: UNKNOWN}
    del had[names[260]]
    assert [each.subject for each in looked(account, note(had))] == [names[250], names[260]]
    assert account.clients.calls.count(("logs", "DescribeSubscriptionFilters")) == 200


@pytest.mark.parametrize("last", [None, note({ORDERS: EpochMs(1)}, age_ms=4 * MS_PER_HOUR)])
def test_looks_that_don_t_come_are_a_problem(last: Subscribed | None) -> None:
    (finding,) = looked(ExaminedAccount(), last)
    assert finding.found == "No look has seen to subscription filters for three hours."
    assert finding.fix.startswith("aws glue get-trigger --name lake-subscribe")


def test_without_the_stack_any_filter_does_and_no_look_is_missed() -> None:
    account = ExaminedAccount()
    account.filters[str(ORDERS)] = [KINESIS]
    assert looked(account, None, subscribe="Account") == []
    account = ExaminedAccount()
    account.filters.clear()
    (finding,) = looked(account, None, subscribe="Account")
    assert finding.fix.startswith("Turn on the stack streaming")
