"""Layouts are learned on a sample, kept with the schema, and read alike from then on."""

from __future__ import annotations

import json
import random
import re
import string
import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.fakes.fakes import MemoryLedger
from support.logs.parsed import parsed_rows
from support.worlds.planned_bundles import convert_events

from loglake.core.schema.schema import TableSchema, column_name, grow
from loglake.kernels.formats.kinds import KINDS
from loglake.kernels.formats.learn.format import HeaderFormat
from loglake.kernels.formats.learn.known import known_layouts
from loglake.kernels.formats.learn.layout import layout_of
from loglake.kernels.formats.learn.learn import MAX_LAYOUTS, learn, merge
from loglake.kernels.formats.learn.scan import fields_in, has_layout

pytestmark = pytest.mark.unit

TIME = "2026-11-21 08:00:00,123"


def _layouts(*texts: str) -> tuple[str, ...]:
    return HeaderFormat().learned(pa.array(texts)).layouts


def test_what_is_sure_is_learned_from_one_event() -> None:
    event = f"{TIME} ERROR [main] com.example.Orders - no stock"
    assert _layouts(event) == ("{timestamp:iso} {level:capitals} [{thread:square}] {logger:name} - ",)


@pytest.mark.parametrize(
    ("messages", "layouts"),
    [
        (["orders: a", "orders: b", "views: c", "orders: d"], ("{logger:word}: ",)),
        (["Started: a", "Stopped: b", "Failed: c", "Gone: d"], ("",)),
        (["Started: a"], ("",)),
        (["[a b] x", "[c d] y", "[e f] z"], ("[{context:square}] ",)),
        (["[a b] x", "no brackets", "none here"], ("",)),
        (["[a b] com.example.Orders: x", "no brackets", "none here"], ("[{thread:square}] {logger:name}: ", "")),
    ],
)
def test_what_may_be_of_the_message_is_learned_if_the_sample_is_of_one_mind(
    messages: list[str], layouts: tuple[str, ...]
) -> None:
    assert _layouts(*(f"{TIME} INFO {message}" for message in messages)) == tuple(
        f"{{timestamp:iso}} {{level:capitals}} {layout}" for layout in layouts
    )


@pytest.mark.parametrize(
    ("sign", "message"),
    [
        (",", "Cannot,stop"),
        (",", "well, thanks"),
        (" | ", "Hello, my friend | or not | z"),
        ("|", "Hello, my friend|z"),
    ],
)
@pytest.mark.parametrize("count", [1, 3])
def test_signs_between_words_make_no_columns_of_them(sign: str, message: str, count: int) -> None:
    events = [f"{TIME}{sign}INFO{sign}{message}{'!' * n}" for n in range(count)]
    rows = parsed_rows(HeaderFormat(), events)
    assert [(row["message"], row["level"], row.get("logger")) for row in rows] == [
        (f"{message}{'!' * n}", "INFO", None) for n in range(count)
    ]


KINDS_OF_TEXT = ["order {n} taken", "started in {n} ms", "no stock", "retry {n} of 3", "connection to db-1 lost"]
LABELLED = [
    "orderId: {n}, user: bob",
    "order_id: {n}",
    "Error: connection {n} refused",
    "Error: no such file",
    "Total: {n}",
    "Query: SELECT * FROM orders WHERE id = {n}",
    "URL: https://shop.example.com/{n}",
    "Retry: {n} of 3",
    "shell: /usr/bin/bash -e {n}",
    "tag: MQTT, msg: packet_{n}",
    "java.io.IOException: reset {n}",
]
"""What no logger is: keys, labels and exceptions."""


@pytest.mark.parametrize("count", [1, 5, 60])
@pytest.mark.parametrize("label", LABELLED)
def test_a_label_is_no_logger_whatever_its_share(label: str, count: int) -> None:
    events = [f"{TIME} INFO {label.format(n=n)}" for n in range(count)]
    others = [f"{TIME} INFO {KINDS_OF_TEXT[n % 5].format(n=n)}" for n in range(60)]
    for lines in (events, [*events, *others]):
        rows = parsed_rows(HeaderFormat(), lines)
        assert [row["message"] for row in rows] == [line.removeprefix(f"{TIME} INFO ") for line in lines]
        assert not any("logger" in row for row in rows)


def test_the_same_few_words_before_all_kinds_of_text_are_loggers_if_nearly_all_events_have_one() -> None:
    texts = [f"{TIME} INFO {name}: {text.format(n=7)}" for text in KINDS_OF_TEXT for name in ("orders", "views")]
    others = [f"{TIME} INFO {text.format(n=7)}" for text in KINDS_OF_TEXT]
    assert _layouts(*texts) == ("{timestamp:iso} {level:capitals} {logger:word}: ",)
    assert _layouts(*texts, *others) == ("{timestamp:iso} {level:capitals} ",)
    assert len(_layouts(*texts * 3, *others[:2])) == 2


def test_a_facility_with_a_level_in_brackets_is_no_process() -> None:
    (row,) = parsed_rows(HeaderFormat(), [f"{TIME} <local3.err> shop-1 order 17 lost"])
    assert row == {"timestamp": TIME, "facility": "local3", "level": "ERROR", "message": "shop-1 order 17 lost"}


@pytest.mark.parametrize(
    ("first", "later", "column"),
    [
        ("orders: {text}", "Item{n}: {text}", "logger"),
        ("orders: {text}", "Error: {text}", "logger"),
        ("orders: {text}", "sku: {n}", "logger"),
        ("[worker-{n}] {text}", "[order {n}] {text}", "thread"),
        ("[router] {text}", "[order-{n}] {text}", "logger"),
    ],
)
def test_what_later_batches_contradict_goes_back_into_the_message_or_is_a_context(
    first: str, later: str, column: str
) -> None:
    """A layout that few events of a first day had shown is narrowed, as the next version of the schema."""
    ledger = MemoryLedger()
    texts = [first.format(n=n, text=text.format(n=7)) for n, text in enumerate(KINDS_OF_TEXT)]
    taken = [later.format(n=n, text=KINDS_OF_TEXT[n % 5].format(n=7)) for n in range(60)]
    fresh, _ = convert_events([f"{TIME} INFO {text}" for text in texts], ledger)
    assert all(row[column] for row in fresh)
    version = ledger.latest("app").version
    rows, _ = convert_events([f"{TIME} INFO {text}" for text in taken], ledger)
    assert ledger.latest("app").version > version
    assert not any(row.get(column) for row in rows)
    assert [f"[{row['context']}] {row['message']}" if row.get("context") else row["message"] for row in rows] == taken
    again, _ = convert_events([f"{TIME} INFO {text}" for text in texts], ledger)
    assert not any(row.get(column) for row in again)


def test_a_few_labels_among_many_loggers_narrow_nothing() -> None:
    ledger = MemoryLedger()
    named = [f"{TIME} INFO {name}: {text.format(n=7)}" for text in KINDS_OF_TEXT for name in ("orders", "views")]
    convert_events(named, ledger)
    layouts = ledger.latest("app").layouts
    rows, _ = convert_events([*named * 8, *[f"{TIME} INFO Error: no stock"] * 3], ledger)
    assert ledger.latest("app").layouts == layouts
    assert {row["logger"] for row in rows[:-3]} == {"orders", "views"}


@pytest.mark.parametrize(
    ("values", "column"),
    [
        (["main", "http-nio-8080-exec-1", "pool-1-thread-3"], "thread"),
        (["upstream", "upstream", "router", "router"], "logger"),
        (["shop.Orders", "shop.db"], "logger"),
        (["order-1", "order-2", "order-3"], "context"),
        (["a b", "c d"], "context"),
    ],
)
def test_a_bracket_behind_the_level_is_called_by_what_it_holds(values: list[str], column: str) -> None:
    rows = parsed_rows(HeaderFormat(), [f"{TIME} INFO [{value}] order {n} came" for n, value in enumerate(values)])
    assert [row.get(column) for row in rows] == values


def test_an_event_that_was_read_without_a_name_is_read_so_again() -> None:
    plain = "{timestamp:iso} {level:capitals} "
    texts = pa.array([f"{TIME} INFO orders: {n}" for n in range(20)])
    assert HeaderFormat((plain,)).learned(texts).layouts == (plain,)
    assert HeaderFormat((f"{plain}…{{pairs}}",)).learned(texts).layouts == (f"{plain}…{{pairs}}", plain)


def test_layouts_are_asked_in_the_order_in_which_a_table_got_them_the_most_particular_of_one_sample_first() -> None:
    pairs, logger = "{timestamp:iso} {level:capitals} …{spread}", "{timestamp:iso} {level:capitals} [{thread:square}] "
    plain = "{timestamp:iso} {level:capitals} "
    assert merge((), [plain, logger, pairs]) == (logger, pairs, plain)
    assert merge((pairs,), [plain, logger]) == (pairs, logger, plain)
    assert merge(merge((pairs,), [logger, pairs]), [plain]) == (pairs, logger, plain)


def test_an_event_that_was_read_with_its_pairs_is_read_so_again_though_a_longer_header_was_learned_since() -> None:
    ledger = MemoryLedger()
    taken = [f"{TIME} INFO [main] com.example.Shop - order id={n} of user=ana was late" for n in range(3)]
    convert_events([f"{TIME} WARN order id={n} of user=ana was late" for n in range(3)], ledger)
    fresh, _ = convert_events(taken, ledger)
    convert_events([f"{TIME} INFO [main] com.example.Shop - started" for _ in range(3)], ledger)
    settled, _ = convert_events(taken, ledger)
    assert [_filled(row) for row in settled] == [_filled(row) for row in fresh]
    assert [(row["id"], row["user"]) for row in settled] == [(n, "ana") for n in range(3)]


def test_a_word_in_small_letters_is_a_level_if_there_are_several() -> None:
    assert _layouts("info: a", "warn: b", "info: c", "error: d") == ("{level:any_case}: ",)
    assert _layouts("error: a", "error: b", "error: c", "error: d") == ()
    assert _layouts("Error: Cannot find module 'x'") == ()


def test_a_table_has_only_so_many_layouts() -> None:
    many = [f"{{timestamp:iso}} {{level:capitals}} {word}{{logger:word}}: " for word in string.ascii_letters * 2]
    many += [f"{{timestamp:iso}} {word} " for word in string.ascii_letters]
    assert len(merge((), many)) == MAX_LAYOUTS
    assert merge(tuple(many), ["{timestamp:iso} "]) == tuple(many)


@pytest.mark.parametrize("text", ["{a:nothing}", "{a:word} {a:word}", "{a:word} …{nothing}"])
def test_a_layout_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="twice, or a kind that is none"):
        layout_of(text)


def test_every_known_layout_is_read_alike_by_both_engines() -> None:
    for text in known_layouts():
        assert pa.compute.match_substring_regex(pa.array([""]), layout_of(text).pattern).to_pylist() == [False]
    assert len(known_layouts()) == 471  # none comes twice
    assert all(kind for kind in KINDS.values())


def test_colours_of_a_terminal_are_no_part_of_a_header() -> None:
    (row,) = parsed_rows(HeaderFormat(), ["\x1b[32mINFO\x1b[0m[0001] order \x1b[1mreceived\x1b[0m id=18 size=4"])
    assert row == {"elapsed": "0001", "id": 18, "size": 4, "level": "INFO", "message": "order received id=18 size=4"}


def test_what_ends_a_message_and_is_no_object_stays_in_it() -> None:
    texts = [f'{TIME} INFO order received {{"id": {n}}}' for n in range(3)]
    broken = f'{TIME} INFO order received {{"id": 17,}}'
    rows = parsed_rows(HeaderFormat(), [*texts, broken])
    assert [row["message"] for row in rows] == ["order received"] * 3 + ['order received {"id": 17,}']
    assert [row.get("id") for row in rows] == [0, 1, 2, None]


def test_a_text_before_an_object_is_the_message_and_the_object_s_message_a_column() -> None:
    objects = [
        'saved order {"msg": "ok", "id": 1}',
        '{"msg": "ok", "id": 2}',
        'saved order {"id": 3}',
        'no {"msg": 4,}',
    ]
    rows = parsed_rows(HeaderFormat(), [f"{TIME} INFO {text}" for text in objects])
    assert [(row["message"], row.get("msg"), row.get("id")) for row in rows] == [
        ("saved order", "ok", 1),
        ("ok", "ok", 2),
        ("saved order", None, 3),
        ('no {"msg": 4,}', None, None),
    ]


def test_a_pair_with_the_name_of_a_header_s_field_is_no_column() -> None:
    (row,) = parsed_rows(HeaderFormat(), [f"{TIME} INFO [main] a.B - late  pid=1 thread=x"])
    assert row["message"] == "late  pid=1 thread=x"
    assert (row["thread"], row["_pairs"], row["pid"]) == ("main", '{"thread":"x"}', 1)


NOISE = {
    "prose": ["The quick brown fox: it jumps.", "Nov is a month, and May may be another.", "Fine, we said, and left."],
    "times within": ["On 2026-11-21 08:00:00 the ERROR rate rose", "at 08:00 INFO was there"],
    "no times": ["2026-13-45 08:00:00 no month", "2026-11-21 25:61:00 no hour", "99:99:99 INFO nothing"],
    "numbers": ["17 people came: all well", "3.14 is [a] number", "1795168800 seconds", "42"],
    "csv": ["a,b,c", "1,2,3", '"x","y"', "2026,11,21,8,0,0"],
    "code": ["for (i = 0; i < n; i++) {", "SELECT * FROM t WHERE a = 1;", "if error: return", "import java.util.List;"],
    "banner": ["  .   ____          _", " /\\\\ / ___'_ __ _ _(_)_ __", "=======", "*** [ main ] ***"],
    "markup": ["<html><body>", "<error>none</error>", "# Errors: none", "- [ ] INFO"],
    "traces": [
        "Traceback (most recent call last):\n  File x",
        "\tat a.b.C.d(C.java:1)",
        "Caused by: java.io.IOException: x",
    ],
    "exceptions": ["Error: no such file", "java.lang.IllegalStateException: no", "ValueError: INFO"],
    "words of levels": [
        "Information about it",
        "ERRORS were none",
        "I am here",
        "Warning signs are there",
        "Debugging",
    ],
    "hex": ["00000000  7f 45 4c 46 02 01 01 00", "deadbeef cafebabe", "0x7fff5fbff8c0 in main ()"],
    "base64": ["SU5GTzpyb290Og==", "H4sIAAAAAAAAAHWPwQqCQBCGX0Xm7EFt"],
    "paths": ["/usr/lib/python3: no such file", "C:\\logs\\a.log [main]", "http://example.com/a?b=c&d=e"],
    "json": ['{"level": "info"}', '["INFO"]', "{'a': 1}"],
    "nearly requests": [
        "GET /a 200 times",
        "POST it",
        "192.0.2.1 - GET lost",
        "Started GET it",
        "Completed 200 x",
    ],
    "nearly logs": [
        "PHP is a language",
        "=INFO about it",
        "haproxy[1] rose",
        "[12] items",
        "1795248000 x: y",
        "E [x] y",
    ],
    "nearly levels": ["<3>", "[AUDIT] of books", "[0.5s] later", "[1.5] of 2", "(INFO)", "12:34 INFOrmed"],
    "blank": ["", " ", "\n\n", "\t"],
}


@pytest.mark.parametrize("kind", NOISE)
def test_what_is_no_log_has_no_header(kind: str) -> None:
    assert _layouts(*NOISE[kind], *(text * 3 for text in NOISE[kind])) == ()


def test_random_bytes_have_no_header() -> None:
    chance = random.Random(7)
    noise = ["".join(chr(chance.randrange(1, 256)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    assert _layouts(*noise) == ()


_NAMES = st.sampled_from(["main", "pool-1-thread-3", "a b", "com.example.Orders", "shop.db", "orders", "Started", "x"])
_MESSAGES = st.sampled_from(
    [
        "late  id=17",
        'late who="ana b"',
        '[] {"id": 17}',
        "a=1, b=2",
        "order received",
        "done: 17",
        "[x] y",
        '{"id": 17}',
        'stored {"id": 17, "ok": true}',
        "took a=1 b=2",
        "a=1",
        "",
    ]
)
_HEADERS = st.sampled_from(
    [
        "{t} {level} [{n}] {m}: {x}",
        "{t} [{n}] {level} {m} - {x}",
        "{t} {level} {n}: {x}",
        "{t} {level} {x}",
        "{t} {x}",
        "[{level}] {x}",
        "{level}:{n}:{x}",
        "{t} | {level} | {n} | {x}",
        "[{t}] [17] [{level}] {x}",
        "{t}\t{level}\t{n}\tmain.go:12\t{x}",
        "{t} {level} 17 --- [{n}] {m} : {x}",
        "{n}: {x}",
        "{t} {small} {x}",
        "{t} ({level}) {x}",
        "[{t} {n}] {x}",
        "[{t}][{level}]{x}",
        "[{t}] [{level}] {n} - {x}",
        "\x1b[2m{t}\x1b[0m [\x1b[32m{small}\x1b[0m] {x}",
        "{t}\t{small}\t{n}\t{x}",
        "GET /{n} 200 3.123 ms - 17",
        '192.0.2.1 - - [21/Nov/2026 08:00:00] "GET / HTTP/1.1" 200 -',
        "[0.123s][{small}][gc] {x}",
        "Nov 21 08:00:00 web-1 sshd[17]: Accepted password for {m} from 192.0.2.1 port 17 ssh2",
        "Nov 21 08:00:00 web-1 sshd[17]: {x}",
        "08:00:12 {x}",
        "1795248000 {x}",
        "A-3 {t} {x}",
        "web-3 {t} {level} {x}",
    ]
)
_EVENTS = st.builds(
    lambda header, level, n, m, x: header.format(t=TIME, level=level, small=level.lower(), n=n, m=m, x=x),
    _HEADERS,
    st.sampled_from(["INFO", "WARN", "ERROR"]),
    _NAMES,
    _NAMES,
    _MESSAGES,
)


def _rare_object(head: str) -> list[str]:
    """An object that is rare in one batch, and a column of its name that another one makes."""
    return [f'{head}{{"id": 17}}', f"{head}late", f"{TIME} (WARN) late  id=17"]


@given(st.lists(_EVENTS, min_size=1, max_size=25), st.lists(st.integers(0, 25), max_size=4))
@example([f"{TIME} info late  id=17", f'{TIME} info [] {{"id": 17}}'], [1])  # the second's layout fits the first, too
@example(_rare_object(f"{TIME} INFO [] "), [2])
@example([f"{TIME} INFO late", *_rare_object(f"{TIME} INFO stored ")], [1, 3])  # the first layout has no object
@example(_rare_object("Nov 21 08:00:00 web-1 sshd[17]: stored "), [2])
@settings(max_examples=60, deadline=None)
def test_a_settled_pass_reads_events_as_their_fresh_passes_did(events: list[str], cuts: list[int]) -> None:
    """In any batching: the day has the columns that its hours had, and each event its values.

    A pair that is too rare for a column in an hour is with the others of its kind there.
    """
    ledger = MemoryLedger()
    places = sorted({0, len(events), *(cut for cut in cuts if cut < len(events))})
    passes = [convert_events(events[start:end], ledger, start) for start, end in zip(places, places[1:])]
    fresh = [row for rows, _ in passes for row in rows]
    settled, _ = convert_events(events, ledger)
    again, _ = convert_events(events, ledger)
    assert [_filled(row) for row in settled] == [_filled(row) for row in again] == [_filled(row) for row in fresh]


_PLAIN = _MESSAGES.filter(lambda text: "{" not in text and "[]" not in text)
_LEARNED = st.sampled_from(
    [
        "{t} {level} [{n}] {m}: {x}",
        "{t} [{n}] {level} {m} - {x}",
        "{t} {level} {n}: {x}",
        "[{t}] [17] [{level}] {x}",
        "{t} | {level} | {n} | {x}",
        "{t} {small} {x}",
        "[{t} {n}] {x}",
        "[{t}][{level}][{n}] {x}",
        "{t} {level} <{n}> {x}",
    ]
)


class _Filled(dict[str, Any]):
    """Values, and nothing for what is NULL."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return "" if value is None else value


@given(st.lists(st.tuples(_LEARNED, _NAMES, _NAMES, _PLAIN), min_size=1, max_size=12), st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_header_columns_and_message_put_together_give_the_line(
    kinds: list[tuple[str, str, str, str]], times: int
) -> None:
    """The message loses no text that no column holds."""
    events = [
        header.format(t=TIME, level="WARN", small="warn", n=n, m=m, x=x)
        for header, n, m, x in kinds
        for _ in range(times)
    ]
    ledger = MemoryLedger()
    rows, _ = convert_events(events, ledger)
    for event, row in zip(events, rows, strict=True):
        text = next(each for each in ledger.latest("app").layouts if has_layout(each, event))
        values = {**row, "level": fields_in(text, event).get("level")}
        head = re.sub(r"\{(\w+):\w+\}", r"{\1}", text.partition("…")[0]).format_map(_Filled(values))
        assert "".join((head + (row["message"] or "")).split()) == "".join(event.split())


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    own = ("_source", "_line", "log_stream")
    pairs = {column_name((key,)): value for key, value in json.loads(row.get("_pairs") or "{}").items()}
    fields = {name: str(value) for name, value in row.items() if value is not None and name not in (*own, "_pairs")}
    return {**pairs, **fields}


def test_layouts_are_versioned_with_the_schema() -> None:
    schema = grow(TableSchema("t"), {}, ("{timestamp:iso} ",))
    assert (schema.version, TableSchema.from_json(schema.to_json())) == (1, schema)
    assert grow(schema, {}) is schema
    assert grow(schema, {}, schema.layouts) is schema
    assert "layouts" not in TableSchema("t", 1).to_json()


def test_no_layout_is_learned_twice() -> None:
    event = f"{TIME} INFO a"
    assert learn([event, event]) == ["{timestamp:iso} {level:capitals} "]
    assert learn([event], ["{timestamp:iso} {level:capitals} "]) == []


def test_a_word_at_the_place_of_dotted_loggers_is_a_logger_too() -> None:
    """A few loggers of a stream have no dot, such as Akka's. Without such neighbours, the word stays in the message."""
    head, odd = "{timestamp:iso} {level:capitals} ", f"{TIME} INFO Remoting: started"
    dotted = [f"{TIME} INFO shop.cart.Basket: item {n}" for n in range(9)]
    assert set(_layouts(*dotted, odd)) == {f"{head}{{logger:name}}: ", f"{head}{{logger:word}}: "}
    assert _layouts(*(f"{TIME} INFO item {n}" for n in range(9)), odd) == (head,)


HOSTILE = [
    f"{TIME} INFO [main] com.example.Shop - {text}"
    for text in (
        f"started with {', '.join(f'key{n}={n}' for n in range(100))} in 3 s",
        f"started with {' '.join(f'key{n}={n}' for n in range(100))} in 3 s",
        "started with " + ", ,".join(f'key{n}="{n}"' for n in range(100)) + " in 3 s",
        "started with " + ",,".join(f"key{n}='{n}'" for n in range(100)) + " in 3 s",
        f"auth id=1 ok, token: {'aZ9_-' * 400} x=1 end",
        *(
            f"{part * (1500 // len(part))}! x"
            for part in ("=", "a=", '="', "='", "|", "[", "[]", "(", "{", '{"', "a:", "_")
        ),
    )
] + [
    f"{TIME} INFO {chr(9) * 1500}x",
    f"{TIME} INFO x{' ' * 5000}}} e }}",
    f"{TIME} INFO x {', '.join(f'k{n}={n}' for n in range(10_000))} e y=1 z=2",
    f"{TIME} INFO [{'a=b,' * 450}] x",
    *(f"{TIME} INFO {sign * 100_000}x" for sign in ": \t"),
    f"{TIME}{('|' + ' ' * 1500) * 64}x",
    f"{TIME}{('|' + ' ' * 1500) * 64}|",
    f"{TIME} INFO {'[' * 900}{']' * 900} x",
]
"""What expressions that may be read in several ways take for ever to refuse."""


ROWS = [[sign.join([TIME, *["17".ljust(8)] * count]) for count in (*[12] * 20, 11)] for sign in (" | ", "\t", ";", " ")]
"""One of many has a cell less. In how many ways its spaces can be of the cells must not matter."""


def test_no_line_takes_for_ever_to_learn_from() -> None:
    """In a process of its own: only that can be ended. A second is enough, but for expressions that try all ways."""
    code = (
        "import json, sys, pyarrow as pa; from loglake.kernels.formats.learn.format import HeaderFormat; "
        "[HeaderFormat().learned(pa.array(lines)) for lines in json.load(sys.stdin)]"
    )
    samples = json.dumps([*([line] * 2 for line in HOSTILE), *ROWS])
    subprocess.run([sys.executable, "-c", code], input=samples, text=True, check=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("got a=1, b=2", {"a": "1", "b": "2"}),
        ("got a=1,2 b=2", {"a": "1,2", "b": "2"}),
        ("got a=1 , b=2", {"a": "1", "b": "2"}),
        ('got a="1",b="2"', {"a": "1", "b": "2"}),
    ],
)
def test_a_comma_between_pairs_is_of_no_value(text: str, pairs: dict[str, str]) -> None:
    event = f"{TIME} INFO [main] com.example.Shop - {text}"
    known = HeaderFormat().learned(pa.array([event]))
    (row,) = parsed_rows(known, [event])
    assert {key: str(row[key]) for key in pairs} == pairs


@pytest.mark.parametrize(
    "text", ["a=1 b=2 done", "got a=1 b=2 done", 'a:"1" b:"2" done', "a: {1} b: {2} done", "a=1 b=2"]
)
def test_two_pairs_are_read_wherever_they_stand(text: str) -> None:
    rows = parsed_rows(HeaderFormat(), [f"{TIME} INFO [main] com.example.Shop - {text}"] * 50)
    assert {(row["a"], row["b"], row["message"]) for row in rows} == {(1, 2, text)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a": 1\n, "b": "x"\n}', (1, "x")),
        ('{"a": 1,\n "b": "x"}', (1, "x")),
        ('{"a": 1, "b": "x\n{\n}\n"}', (1, "x\n{\n}\n")),
        ('{"a": 1, "b": "x,\r\n\\"y\n"\n}', (1, 'x,\n"y\n')),
    ],
)
def test_line_breaks_are_read_in_and_between_the_parts_of_an_object(text: str, values: tuple[int, str]) -> None:
    (row,) = parsed_rows(HeaderFormat(), [f"{TIME} INFO [main] com.example.Shop - failed {text}"])
    assert (row["a"], row["b"], row["message"]) == (*values, "failed")


@pytest.mark.parametrize(
    ("event", "level", "message"),
    [
        ("2026-11-21 08:00:00 +0000 WARN Failed ERROR count is 3", "WARN", "Failed ERROR count is 3"),
        ("2026-11-21 08:00:00 +0000 INFO started", "INFO", "started"),
        ("2026-11-21 08:00:00 +0200 GET /x 200", None, "GET /x 200"),
        ("2026-11-21 08:00:00.1 +0300 +03 m=+1.000000001 started", None, "started"),
        ("[4f3a6c1e-1111-4222-8333-444455556666] 2026-11-21 08:00:00 ERROR [main] failed", "ERROR", "failed"),
        ("[4f3a6c1e-1111-4222-8333-444455556666] INFO: failed a=1 b=2", "INFO", "failed a=1 b=2"),
        ('I0610 06:55:46.123456 1 x.go:12] "msg"="te xt" "a"="b"', "INFO", '"msg"="te xt" "a"="b"'),
        ("2026-11-21 08:00:00 INFO {\n  x}\nmore text", "INFO", "{\n  x}\nmore text"),
        ("[App] [ERROR] [1] [P] [C] [a=1 b=2]", "ERROR", "a=1 b=2"),
    ],
)
def test_one_event_alone_has_its_level_and_its_whole_message(event: str, level: str | None, message: str) -> None:
    rows, _ = convert_events([event])
    assert (rows[0]["level"], rows[0]["message"]) == (level, message)
