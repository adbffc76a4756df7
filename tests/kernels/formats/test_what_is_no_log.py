"""What programs print besides logs stays plain text: a false claim is worse than no columns."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from loglake.kernels.sample import count_formats

pytestmark = pytest.mark.unit

KINDS = {
    "prose": "It was late on 21 November 2026, at 08:00:00, and the error of the night before: nobody knew.\n"
    "Dec 10 was a Thursday: nothing happened\nOn 2026-11-21 08:00:00 the ERROR rate rose | by half.",
    "shell output": "total 24\ndrwxr-xr-x 2 root root 4096 Nov 21 08:00 bin\n-rw-r--r-- 1 root root 17 Nov 21 08:00 a.txt\n"
    "+ npm ci\n$ ls -l\n/bin/sh: 1: foo: not found",
    "sql": "SELECT id, 'a' FROM orders WHERE day = '2026-11-21 08:00:00';\nBEGIN;\nCREATE TABLE a (b int);\n"
    "-- Query_time: none\nINSERT INTO t VALUES (1, 'x'), (2, 'y');",
    "base64": "H4sIAAAAAAAAA8tIzcnJVyjPL8pJAQCFEUoNCwAAAA==\nTG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQ=",
    "hex dump": "00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 00 00 00  |Hello, world....|\n0000000 6548 6c6c 2c6f 7720",
    "stack trace": "Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in <module>\n    main()\n"
    "ValueError: no stock\n\tat com.example.shop.Orders.take(Orders.java:42)\n\t... 12 more",
    "csv": "id,name,time\n17,ana,2026-11-21T08:00:00Z\n1,2,3,4,5,6,QUERY,8,9,10\n192.0.2.1,GET,/orders,200",
    "progress bar": " 42%|####2     | 42/100 [00:01<00:02, 25.0it/s]\n[=====>     ] 42%\nReceiving objects:  42% (420/1000), 1.2 MiB",
    "table of characters": "+----+------+\n| id | name |\n+----+------+\n| 17 | ana  |\n+----+------+\n id | name \n----+------\n 17 | ana",
    "html": "<!DOCTYPE html>\n<html><body><p class=\"a\">21/Nov/2026</p></body></html>\n<request id=\"1\"><ip>192.0.2.1</ip></request>",
    "xml": '<?xml version="1.0"?>\n<Event xmlns="x"><System><Level>4</Level></System></Event>',
    "emoji": "🚀 deployed 🎉\n✔ built in 1.2s\n🔥🔥🔥 ERROR-free since 2026-11-21",
    "diff": "diff --git a/x b/x\n@@ -1,2 +1,2 @@\n-old\n+new",
    "yaml": "- name: a\n  level: info\nkey: [1, 2]\n---",
    "numbers": "17 42\n1.0 2.0 3.0\n2 3 5 7 11 13 17 19 23 29 31 37 41 43\n- 1\n3.14",
    "code": "def f(x):\n    return x + 1  # WARNING: slow\nconst a = {b: 1};\nif (a > 1) { return 'x'; }",
    "listing of ports": "tcp        0      0 0.0.0.0:80      0.0.0.0:*       LISTEN      17/nginx\n192.0.2.1:80 10.0.0.1:443 ESTABLISHED",
    "banner": "  .   ____          _\n /\\\\ / ___'_ __ _ _(_)_ __\n :: Spring Boot ::                (v3.5.0)",
}  # fmt: skip
"""Lines of each kind, which are looked at one by one and together."""


@pytest.mark.parametrize("kind", KINDS)
def test_it_stays_text(kind: str) -> None:
    lines = KINDS[kind].splitlines()
    events = [*lines, KINDS[kind]]
    assert count_formats(pa.array(events, pa.string())) == {"text": len(events)}
    assert [count_formats(pa.array([event], pa.string())) for event in events] == [{"text": 1}] * len(events)


def test_noise_stays_text() -> None:
    chance = random.Random(17)
    noise = ["".join(chr(chance.randrange(1, 256)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    printable = ["".join(chr(chance.randrange(32, 127)) for _ in range(chance.randrange(200))) for _ in range(2_000)]
    assert count_formats(pa.array(noise + printable, pa.string())) == {"text": 4_000}
