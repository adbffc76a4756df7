"""Batches with many different keys are read in blocks: less memory, the same fields."""

from __future__ import annotations

import base64

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake.core.schema.schema import TableSchema, grow, join_types
from loglake.kernels import crowded
from loglake.kernels.arrow import Strings
from loglake.kernels.crowded import Keys, blocks, crowd_of
from loglake.kernels.formats.registry import FORMATS
from loglake.kernels.formats.together import parse_in_blocks

pytestmark = pytest.mark.unit

EVENTS = 5_000

POOL = pa.proxy_memory_pool(pa.default_memory_pool())
"""Counts memory. It lives as long as what kernels keep of it."""

SPELLED = {
    "logfmt": "level=info took=17 k{0}=v{0} j{0}=w",
    "syslog": "<34>Nov 22 10:00:00 host app[17]: k{0}=v{0} j{0}=w",
    "audit": "type=SYSCALL msg=audit(1795168800.123:{0}): k{0}=v{0} j{0}=w",
    "cef": "CEF:0|V|P|1|100|n|10|k{0}=v{0} j{0}=w",
    "tidb": "[2026/11/22 10:00:00.000 +00:00] [INFO] [x.go:1] [hello] [k{0}=v{0}] [j{0}=w]",
}


def _texts(spelling: str, count: int = EVENTS) -> Strings:
    return pa.array([spelling.format(number) for number in range(count)], pa.string())


@pytest.mark.parametrize("name", SPELLED)
def test_memory_does_not_grow_with_events_times_keys(name: str) -> None:
    texts, known = _texts(SPELLED[name]), FORMATS[name]
    before = pa.default_memory_pool()
    pa.set_memory_pool(POOL)
    try:
        schema = grow(TableSchema("t"), join_types(map(known.infer_types, blocks(texts, Keys.BARE))))
        parsed = parse_in_blocks(known.parser(schema), texts)
    finally:
        pa.set_memory_pool(before)

    assert len(parsed.message) == EVENTS
    # In one block, 10,000 columns of 5,000 events take more than 200 MB.
    assert 0 < (POOL.max_memory() or 0) < 64_000_000


@pytest.mark.parametrize("name", SPELLED)
def test_blocks_give_what_all_events_together_give(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, known = _texts(SPELLED[name], 700), FORMATS[name]
    schema = grow(TableSchema("t"), known.infer_types(texts[:300]))
    parse = known.parser(schema)

    whole = parse_in_blocks(parse, texts)
    monkeypatch.setattr(crowded, "MOST_CELLS", 1)
    assert len(list(blocks(texts, Keys.BARE))) == 3
    assert parse_in_blocks(parse, texts) == whole
    assert join_types(map(known.infer_types, blocks(texts, Keys.BARE))) == known.infer_types(texts)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (Keys.QUOTED, '{{"level": "info", "user": {{"id-of-{0}" : {0}}}}}'),
        (Keys.BARE, "level=info {0}-th=1 key-{0}=2"),
        (Keys.BARE, "level=info msg=first k{0}=v"),
        (Keys.BARE, "k{0}=v level=info"),
        (Keys.BARE, "time:2026-11-22T10:00:00Z\tlevel:info\tk{0}:v"),
    ],
)
@pytest.mark.parametrize("count", [4_000, 40_000])
def test_a_key_of_each_event_is_a_crowd(keys: Keys, text: str, count: int) -> None:
    assert crowd_of(_texts(text, count), keys)


@pytest.mark.parametrize(
    "text",
    [
        '{{"level": "info", "message": "user {0}: \\"{0}\\"", "id": {0}, "text": "a{0}=b"}}',
        'time=2026-11-22T10:00:00Z level=info msg="order {0}" id={0} path=/orders/{0}?page={0}',
        "user{0}: logged in from host{0}:{0}",
        "token {1}",
    ],
)
def test_values_are_no_keys(text: str) -> None:
    padded = [base64.b64encode(f"{number:07}".encode()).decode() for number in range(40_000)]
    texts = pa.array([text.format(number, each) for number, each in enumerate(padded)], pa.string())

    assert not crowd_of(texts, Keys.QUOTED)
    assert not crowd_of(texts, Keys.BARE) or "a{0}=b" in text


@given(st.lists(st.text(), max_size=600), st.sampled_from(Keys))
def test_blocks_have_all_texts_in_their_order(texts: list[str], keys: Keys) -> None:
    whole = pa.array(texts, pa.string())
    assert pa.concat_arrays(list(blocks(whole, keys))) == whole
