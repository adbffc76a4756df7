"""Random secrets, forms in which a log may have them, and everything of a lake that `grep` would search."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support.fakes.stores import MemoryStore

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_BASE64URL = _LETTERS + _LETTERS.upper() + "0123456789-_"


def _word(rnd: random.Random, alphabet: str, length: int) -> str:
    return "".join(rnd.choice(alphabet) for _ in range(length))


def _email(rnd: random.Random) -> str:
    name, more, host = _word(rnd, _LETTERS, 12), rnd.choice(["", "+news", "-x", ".doe"]), _word(rnd, _LETTERS, 6)
    return f"{name}{more}@{host}.example.com"


def _luhn(digits: str) -> str:
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def card(rnd: random.Random) -> str:
    digits = rnd.choice("3456") + _word(rnd, "0123456789", 14)
    digits += _luhn(digits)
    between = rnd.choice(["", "", " ", "-"])
    return between.join(digits[at : at + 4] for at in range(0, 16, 4))


def _iban(rnd: random.Random) -> str:
    account = _word(rnd, "0123456789", 18)
    check = 98 - int(account + "131400") % 97  # D and E are 13 and 14
    text = f"DE{check:02d}{account}"
    return text if rnd.random() < 0.5 else " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _jwt(rnd: random.Random) -> str:
    return f"eyJ{_word(rnd, _BASE64URL, 20)}.eyJ{_word(rnd, _BASE64URL, 30)}.{_word(rnd, _BASE64URL, 22)}"


def _ip(rnd: random.Random) -> str:
    if rnd.random() < 0.5:
        return ".".join(str(rnd.randrange(1, 255)) for _ in range(4))
    return f"2001:db8:{rnd.randrange(1, 65536):x}::{rnd.randrange(1, 65536):x}"


def _phone(rnd: random.Random) -> str:
    return f"+49 {rnd.randrange(151, 179)} {rnd.randrange(10**6, 10**7)}"


SECRETS = {
    "email": _email,
    "card": card,
    "iban": _iban,
    "aws_key": lambda rnd: "AKIA" + _word(rnd, _LETTERS.upper() + "234567", 16),
    "jwt": _jwt,
    "bearer": lambda rnd: _word(rnd, _BASE64URL, 32),
    "password_in_url": lambda rnd: _word(rnd, _BASE64URL, 12),
    "ip": _ip,
    "phone": _phone,
}
"""Makes a secret of each built-in pattern."""

_AROUND = {"bearer": "Bearer {}", "password_in_url": "postgres://shop:{}@db.example.com/orders"}


def secret_of(name: str, rnd: random.Random) -> tuple[str, str]:
    """A secret, and the text that has it: some are secrets only by what is around them."""
    secret = SECRETS[name](rnd)
    return secret, _AROUND.get(name, "{}").format(secret)


def word(rnd: random.Random) -> str:
    """A word that nothing else has."""
    return _word(rnd, _LETTERS, 12)


def escaped(text: str, rnd: random.Random) -> str:
    """As JSON may write it: some of its characters as escapes."""
    written = (f"\\u{ord(each):04x}" if rnd.random() < 0.3 else "\\/" if each == "/" else each for each in text)
    return "".join(written)


def url_encoded(text: str, rnd: random.Random) -> str:
    """As a URL may write it."""
    kept = "-._~" + _BASE64URL
    return "".join(f"%{ord(each):02X}" if each not in kept or rnd.random() < 0.3 else each for each in text)


def entities(text: str, rnd: random.Random) -> str:
    """As XML may write it."""
    return "".join(f"&#{ord(each)};" if rnd.random() < 0.3 else each for each in text)


def in_json(text: str, rnd: random.Random) -> str:
    """An event that is a JSON object with a text: as a value, a key, an element, in a longer text, in JSON in JSON."""
    inner = escaped(text, rnd) if rnd.random() < 0.5 else text
    member = rnd.choice(
        [
            f'"user": "{inner}"',
            f'"{inner}": 1',
            f'"user": {{"{inner}": "seen", "n": ["a", "{inner}"]}}',
            f'"note": "first\\n{inner}\\tand more"',
            '"body": ' + json.dumps('{"a": {"to": "' + inner + '"}, "b": "' + inner + '"}'),
            '"body": ' + json.dumps(json.dumps({"deep": f"line\n{text}"})),
            f'"message": "for {inner}, twice {inner}"',
        ]
    )
    return f'{{"level": "info", "at": {rnd.randrange(1000)}, {member}, "ok": true}}'


def in_field(name: str, secret: tuple[str, str], rnd: random.Random) -> str:
    """An event that has a secret, of two parts, as the value of a field: in JSON of any depth, or as a pair."""
    word = rnd.choice([name, name.upper(), f"db_{name}"])
    value: Any = rnd.choice(['"', " ", ",", "\\", "}", "\n", "%22", ", b: "]).join(secret)
    value = rnd.choice([value, value, [1, value], {"a": {value: 1}, "b": [value, "]"]}])
    event = json.dumps({"at": 1, "q": 'a "b" \\ c', word: value, "in": {word: "-", "ok": True}}, ensure_ascii=False)
    for _ in range(rnd.randrange(4)):
        event = json.dumps({"n": [1, "x"], "body": event, "end": "y"})
    event = event.replace('\\"', "\\u0022") if rnd.random() < 0.2 else event
    event = event.replace(word, "".join(f"\\u{ord(each):04x}" for each in word)) if rnd.random() < 0.2 else event
    bare = rnd.choice([",", "=", "/", "(", "\\"]).join(secret)
    pair = rnd.choice(
        [
            f"level=info {word}={bare} user=joe",
            f'level=info {word}="{secret[0]} {secret[1]}" user=joe',
            f"POST /login?user=joe&{word}={bare}&x=1 HTTP/1.1",
            f"{{'a': 1, '{word}': '{secret[0]} {secret[1]}', 'b': 2}}",
            f"{word.title()}: {secret[0]} {secret[1]}\nnext: line",
            json.dumps({"msg": f"sent {word}={bare} ok", "body": json.dumps({"url": f"/a?{word}={bare}"})}),
        ]
    )
    text = rnd.choice([event, event, f"2026-11-21 INFO got {event} at last", pair])
    cut = max(text.rfind(part) for part in secret)
    return text[: rnd.randrange(cut, len(text))] if cut > 0 and rnd.random() < 0.2 else text


def everything(lake: MemoryStore, *more: Any) -> str:
    """All that is in a lake, with the names of it, and the texts of other things, as one text."""
    found = [repr(each) for each in more]
    for info in lake.list(""):
        body = lake.get(info.key)
        found.append(info.key)
        if body[:4] == b"PAR1":
            file = pq.ParquetFile(pa.BufferReader(body))
            found += [str(file.schema_arrow), str(file.metadata), str(file.metadata.metadata)]
            groups = [file.metadata.row_group(number).to_dict() for number in range(file.num_row_groups)]
            found += [repr(groups)]
            for row in file.read(use_threads=False).to_pylist():
                found += [str(value) for value in row.values()]
        else:
            found.append((gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", "replace"))
    return "\n".join(found)
