"""Checks of what a pattern finds: each gives the parts that are a value. Many numbers look like a card and are none."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Callable

Span = tuple[int, int]
"""Where a part starts and ends in a text."""

Confirm = Callable[[str, str], Iterator[Span]]
"""Given what was found, and the text after it."""

_CARD_DIGITS, _IBAN_LETTERS = range(13, 20), range(15, 35)
_IBAN_WRITTEN = 2 * _IBAN_LETTERS.stop
"""Characters, with spaces."""

_IP_LETTERS = 45
"""The most characters of an address, which may end in one of version 4."""

_GROUPED = re.compile(r"(?=(\d{4}[ +.-]\d{4}[ +.-]\d{4}[ +.-]\d{1,4}(?:[ +.-]\d{1,3})?|\d{4}[ +.-]\d{6}[ +.-]\d{5}))")
_IS_TOKEN, _IS_WORD, _LONGEST_WORD = re.compile(r"[^=]+=*"), re.compile(r"[A-Za-z]?[a-z]+[.=]*"), 20
_TOKEN = re.compile(r"[A-Z0-9]+")
_WORD = re.compile(r"[0-9A-Za-z]")


def everything(found: str, _: str) -> Iterator[Span]:
    """All of it."""
    yield 0, len(found)


def all_but_last(found: str, _: str) -> Iterator[Span]:
    """All but the sign that ends it."""
    yield 0, len(found) - 1


def card(found: str, after: str) -> Iterator[Span]:
    """Numbers of 13 to 19 digits that pass Luhn's check, in one piece or in a card's groups."""
    if found.isdigit():
        if len(found) in _CARD_DIGITS and not _WORD.match(after) and _passes_luhn(found):
            yield 0, len(found)
        return
    for each in _GROUPED.finditer(found):
        start, text = each.start(), each[1]
        for end in sorted({at.end() for at in re.finditer(r"\d+", text)}, reverse=True):
            digits = re.sub(r"\D", "", text[:end])
            if len(digits) in _CARD_DIGITS and _passes_luhn(digits):
                yield start, start + end
                break


def _passes_luhn(digits: str) -> bool:
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits)))
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def token(found: str, _: str) -> Iterator[Span]:
    """What is no word of a sentence, such as *authentication*, and no ``realm=…``."""
    if _IS_TOKEN.fullmatch(found) and (len(found) > _LONGEST_WORD or not _IS_WORD.fullmatch(found)):
        yield 0, len(found)


def iban(found: str, _: str) -> Iterator[Span]:
    """From the start of each word, the longest account number with the right check digits."""
    for word in _TOKEN.finditer(found):
        start = word.start()
        for end in range(min(len(found), start + _IBAN_WRITTEN), start, -1):
            compact = re.sub("[ +]", "", found[start:end])
            if len(compact) < _IBAN_LETTERS.start:
                break
            if found[end - 1] not in " +" and len(compact) in _IBAN_LETTERS and _passes_97(compact):
                yield start, end
                break


def _passes_97(compact: str) -> bool:
    if not re.match(r"[A-Z]{2}\d\d", compact):
        return False
    return int("".join(str(int(each, 36)) for each in compact[4:] + compact[:4])) % 97 == 1


def ip(found: str, after: str) -> Iterator[Span]:
    """Addresses of version 4 or 6; a number and a colon before one, or after it, are none of it."""
    done = 0
    for start in range(len(found)):
        if start < done or (start and ":" not in found[start - 1 : start + 1]) or found.startswith(":::", start):
            continue
        for end in range(min(len(found), start + _IP_LETTERS), start, -1):
            at_edge = ":" in found[end - 1 : end + 1] if end < len(found) else not _WORD.match(after)
            if at_edge and _is_address(found[start:end]):
                yield start, end
                done = end
                break


def _is_address(text: str) -> bool:
    if text == "::" or ("::" not in text and text.count(":") not in (0, 7)):
        return False
    # `Chrome/120.0.0.0` is a version, and 10.0.0.0 a network; `abc::def` is a name in a program.
    if (text.endswith(".0.0.0") and text != "0.0.0.0") or not any(map(str.isdigit, text)):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


CONFIRM: Mapping[str, Confirm] = {
    "": everything,
    "all_but_last": all_but_last,
    "card": card,
    "iban": iban,
    "ip": ip,
    "token": token,
}
