from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.bisect import bisect
from loglake.errors import ServiceError, ThrottledError, TransientError

pytestmark = pytest.mark.unit


@given(st.lists(st.booleans(), max_size=20))
def test_what_crashes_alone_is_found_and_the_rest_is_checked(crash: list[bool]) -> None:
    def check(items: Sequence[int]) -> list[str]:
        if any(crash[item] for item in items):
            raise TransientError("crashed")
        return [f"{item} checked" for item in items]

    found = bisect(check, range(len(crash)), lambda item, error: f"{item} {error}", lambda: True)
    assert found == [f"{item} {'crashed' if crash[item] else 'checked'}" for item in range(len(crash))]


def test_what_is_checked_in_time_is_returned() -> None:
    def check(items: Sequence[int]) -> list[int]:
        if len(items) > 1:
            raise TransientError("too many")
        return list(items)

    answers = iter([True, True, False, False])
    assert bisect(check, [1, 2, 3, 4], lambda item, _: -item, lambda: next(answers)) == [1]


@pytest.mark.parametrize("error", [ThrottledError("slow"), ServiceError("503")])
def test_a_stores_fault_comes_out(error: TransientError) -> None:
    def check(items: Sequence[int]) -> list[int]:
        raise error

    with pytest.raises(type(error)):
        bisect(check, [1, 2], lambda item, _: item, lambda: True)
