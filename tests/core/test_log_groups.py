"""Names of log groups with their account."""

from __future__ import annotations

import pytest

from loglake.core.log_groups import account_in, account_of, name_of, owned

pytestmark = pytest.mark.unit

OTHER = "210987654321"


def test_another_accounts_log_group_has_its_account_in_its_name() -> None:
    group = owned(OTHER, "/app/shop")
    assert group == "210987654321:/app/shop"
    assert (account_of(group), name_of(group)) == (OTHER, "/app/shop")


@pytest.mark.parametrize("name", ["/app/shop", "12345:/app", "/app/210987654321:x", ""])
def test_a_name_without_an_account_is_all_of_it(name: str) -> None:
    assert (account_of(name), name_of(name), owned("", name)) == ("", name, name)


def test_without_a_name_there_is_no_log_group() -> None:
    assert owned(OTHER, "") == ""


@pytest.mark.parametrize(("value", "account"), [(OTHER, OTHER), ("12345", ""), (210987654321, ""), (None, "")])
def test_only_twelve_digits_say_an_account(value: object, account: str) -> None:
    assert account_in(value) == account
