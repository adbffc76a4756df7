"""The message about configured formats that read too few events."""

from __future__ import annotations

import pytest

from loglake.core.accounting import Accounting
from loglake.core.format_share import FormatShares, in_words, with_examples

pytestmark = pytest.mark.unit


def _shares(format_id: str, **read_as: int) -> FormatShares:
    shares = FormatShares()
    for name, count in read_as.items():
        shares.add(
            "app_shop", "/app/shop", format_id, Accounting(read_as={name: count}), [f"{name} {n}" for n in "1234"]
        )
    return shares


def test_a_format_that_reads_less_than_half_is_said_with_three_examples() -> None:
    (said,) = _shares("regex", text=6, regex=5).below(0.5)
    assert said == (
        "/app/shop (table app_shop): the configured format regex reads 5 of 11 events, the rest is plain text, such as "
        "'text 1', 'text 2', 'text 3'"
    )


def test_a_jobs_remark_of_some_of_the_events_has_the_examples() -> None:
    (short,) = _shares("regex", text=2).below(0.5)
    all_events = FormatShares()
    all_events.add("app_shop", "/app/shop", "regex", Accounting(read_as={"text": 60, "regex": 5}), ())
    (said,) = all_events.below(0.5)
    assert with_examples(said, ["it is late", short]) == (
        "/app/shop (table app_shop): the configured format regex reads 5 of 65 events, the rest is plain text, such as "
        "'text 1', 'text 2', 'text 3'"
    )
    others = [short.replace("/app/shop", "/app/shop2"), short.replace("regex", "json"), said]
    assert with_examples(said, others) == said
    assert with_examples(short, [short]) == short


@pytest.mark.parametrize(
    ("format_id", "read_as"),
    [
        ("regex", {"text": 5, "regex": 5}),
        ("regex", {"json": 1}),
        ("regex", {}),
        ("auto", {"text": 9, "json": 1}),
        ("text", {"text": 9}),
        ("lambda", {"text": 9, "lambda": 1}),
    ],
)
def test_others_are_not(format_id: str, read_as: dict[str, int]) -> None:
    assert _shares(format_id, **read_as).below(0.5) == []


def test_the_share_is_a_setting() -> None:
    assert _shares("json", text=3, json=7).below(0.7) == []
    assert len(_shares("json", text=3, json=7).below(0.71)) == 1


def test_events_by_table_and_format() -> None:
    shares = _shares("auto", json=1200, text=3)
    shares.add("pay", "/app/pay", "auto", Accounting(), ())
    assert shares.to_json() == {"app_shop": {"json": 1200, "text": 3}}
    assert in_words(shares.to_json()["app_shop"]) == "json 1,200, plain text 3"
