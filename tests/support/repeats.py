"""Finds sentences that stand on the pages twice."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.pages import PAGES, ROOT

MIN_WORDS = 6
SAME = 0.8
"""From which share of common words, or of common pairs of words, two sentences count as one."""

WORDS = {f"{name}.md": ROOT / "infra" / "docs" / "templates" / f"{name}.md" for name in ("cost", "scale")}
"""What is written by hand of two generated pages. The rest of them is computed tables."""


@dataclass(frozen=True)
class Sentence:
    """A sentence, list item or table cell, and the page that it is on."""

    page: str
    text: str
    is_reference: bool
    """It is on a generated page. Such a page is looked up entry by entry, so its entries may repeat each other."""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(re.findall(r"[\w'/-]*\w", self.text.lower()))


def split(text: str) -> Iterator[str]:
    """The sentences of Markdown text, with a bold lead, a list item and a table cell each by itself.

    Headings, blocks of code, and cells that are all code are not sentences.
    """
    text = re.sub(r"<!--.*?-->|<[a-z/][^>]*>", "", text, flags=re.DOTALL)
    text = re.sub(r"^( *)```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(?:\A|(?<=\n\n))(?: {4,}\S.*\n|\n)+", "\n", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE).replace("**", "")
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-|>]|\d+\. ))|\|", text):
        for sentence in re.split(r"(?<=[.:;?!])\s+", " ".join(block.split()).lstrip("->0123456789. ")):
            if re.sub(r"`[^`]*`|\W", "", sentence):
                yield sentence


def pages() -> list[tuple[Path, bool]]:
    """Each page with whether it is a generated one."""
    written = [(page, "<!-- Written by" in page.read_text("utf-8")[:200]) for page in PAGES if page.name not in WORDS]
    decisions = sorted((ROOT / "infra" / "decisions").glob("*.md"))
    return written + [(page, False) for page in [*WORDS.values(), *decisions]]


def sentences() -> list[Sentence]:
    found = [
        Sentence(page.name, sentence, generated)
        for page, generated in pages()
        for sentence in split(page.read_text("utf-8"))
    ]
    return [sentence for sentence in found if len(sentence.words) >= MIN_WORDS]


def same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two sentences have nearly the same words, or nearly the same words in nearly the same order."""
    return overlap(set(one), set(other)) >= SAME or overlap(pairs(one), pairs(other)) >= SAME


def overlap(one: set[Any], other: set[Any]) -> float:
    return len(one & other) / len(one | other)


def pairs(words: tuple[str, ...]) -> set[tuple[str, str]]:
    return set(zip(words, words[1:], strict=False))


def repeats(found: list[Sentence]) -> list[tuple[Sentence, Sentence]]:
    """The sentences that say the same, unless both are on generated pages."""
    by_pair: dict[tuple[str, str], list[int]] = defaultdict(list)
    twice: list[tuple[Sentence, Sentence]] = []
    for at, sentence in enumerate(found):
        common = Counter(before for pair in pairs(sentence.words) for before in by_pair[pair])
        for before, count in common.items():
            one = found[before]
            if count > 1 and not (one.is_reference and sentence.is_reference) and same(one.words, sentence.words):
                twice.append((one, sentence))
        for pair in pairs(sentence.words):
            by_pair[pair].append(at)
    return twice
