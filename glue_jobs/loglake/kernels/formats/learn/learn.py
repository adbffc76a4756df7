"""Which layouts the events of a sample have.

What is sure of an event's header does not depend on its neighbours, so the same events have the same layouts in any
sample that shows them. What is weak is taken into a layout only if the sample is of one mind, and if the table has not
read such events without it before: so what was read once is read alike from then on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

from loglake.core.schema.pair_columns import SHARE
from loglake.kernels.formats.kinds import DATES
from loglake.kernels.formats.learn.known import is_known
from loglake.kernels.formats.learn.layout import FIELD, HEADLESS, ONE_PAIR, TAIL, rank
from loglake.kernels.formats.learn.names import are_other, before_all_kinds, before_text, contradict, opening, role
from loglake.kernels.formats.learn.pairs import FEWEST
from loglake.kernels.formats.learn.piece import Piece
from loglake.kernels.formats.learn.rows import row_layouts
from loglake.kernels.formats.learn.scan import fields_in, has_layout, scan

STABLE = 0.9
"""Share of the events with the same header so far that a weak part has to be in."""

FEW = 4
"""Of fewer events, no word can be seen to come again."""

MANY, REPEATED = 20, 5
"""Of so many values that each come so often, it is seen in any company that they are no words of a message."""


MAX_LAYOUTS = 64
"""Layouts of a table. Each costs the events of those after it one look at their first bytes."""

_DATED = tuple(f"{{timestamp:{kind}}}" for kind in DATES)


_NO_WORD = re.compile(r"[A-Z][A-Z\d_]+|[A-Z][a-z\d]+(?:[A-Z][a-z\d]*)+|[A-Za-z]+_\w+", re.ASCII)
"""Names that no sentence starts with: ``GC``, ``HttpServer``, ``tower_http``."""

_ANY_LOGGER, _WORD = "{logger:", "{logger:word}"
_SQUARE = re.compile(r"(\[?)\{(thread|context(?:_\d)?):square\}")


def learn(events: Sequence[str], stored: Collection[str] = ()) -> list[str]:
    """The layouts of events, without those that are stored, the most particular first."""
    rows = row_layouts(events)
    in_rows = {event for own in rows.values() for event in own}
    others = [event for event in events if event not in in_rows]
    scanned = [(event, pieces) for event in others if (pieces := scan(event))]
    seen = _Seen(len(others), (pieces for _, pieces in scanned))
    heads = {text.partition(TAIL)[0] for text in stored}
    layouts = [seen.layout(pieces, heads) for _, pieces in scanned]
    often = _often_one_pair(layouts)
    # Some events without a header end with the same keys: prose and code do not.
    keys = Counter(pieces[-1].value for _, pieces in scanned if pieces[-1].text == HEADLESS)
    is_sure = any(count >= FEWEST for count in keys.values())
    found: dict[str, list[str]] = defaultdict(list)
    for (event, _), text in zip(scanned, layouts):
        if text == HEADLESS and not is_sure:
            continue
        head = text.removesuffix(ONE_PAIR)
        found[text if head == text or (text in often and head not in heads) else head].append(event)
    named = [(_named(text, own), own) for text, own in found.items() if text]
    fitting = {_fitting(text, event) for text, own in named for event in own}
    return sorted({*fitting, *rows} - {"", *stored}, key=rank)


def _often_one_pair(layouts: Sequence[str]) -> set[str]:
    """The layouts of messages that end with one pair, if that is no accident among those with the same header."""
    heads, texts = Counter(text.partition(TAIL)[0] for text in layouts), Counter(layouts)
    return {
        text
        for text, count in texts.items()
        if text.endswith(ONE_PAIR) and count >= max(FEW, SHARE * heads[text.removesuffix(ONE_PAIR)])
    }


def merge(stored: Sequence[str], learned: Iterable[str]) -> tuple[str, ...]:
    """All layouts of a table in the order in which they are asked; of too many, the most particular are left out.

    The stored ones come first, even where a new one is more particular: what they read, they read again.
    """
    new = sorted(set(learned) - set(stored), key=rank, reverse=True)[: max(0, MAX_LAYOUTS - len(stored))]
    return (*stored, *reversed(new))


def narrowed(text: str) -> str:
    """The layout without the name that only its values had shown; the same if it has none.

    A word goes back into the message. A bracket is a context, or of the message.
    """
    head, sign, tail = text.partition(TAIL)
    if is_known(text):
        return text
    if FIELD.findall(head)[-1:] == [("logger", "word")]:
        return head[: head.index(_WORD)] + sign + tail
    is_only = sum(f"{{{name}:" in text for name in ("thread", "logger", "context")) == 1
    return re.sub(r"\{(?:thread|logger):square\}", "{context:square}", text) if is_only else text


def is_contradicted(text: str, events: Iterable[str]) -> bool:
    """Whether events with a layout show that the name which `narrowed` leaves out is none."""
    rows = [values for event in events if (values := fields_in(text, event))]
    if _WORD not in text:
        name = "thread" if "{thread:" in text else "logger"
        return are_other(Counter(row[name].strip() for row in rows), name)
    openings: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        openings[row["logger"]][opening(row["message"])] += 1
    return contradict(openings)


def _named(text: str, events: Iterable[str]) -> str:
    """The layout with names for its brackets by what all of them hold. Before a logger stands a thread."""
    if _ANY_LOGGER in text or not _SQUARE.search(text) or is_known(text):
        return text
    rows = [values for event in events if (values := fields_in(text, event))]
    taken = {name for name, kind in FIELD.findall(text) if kind != "square"}
    first, level = text.find("{timestamp:"), text.find("{level:")

    def named(found: re.Match[str]) -> str:
        values = Counter(row[found[2]].strip() for row in rows)
        is_behind = max(first, level) < found.start()
        wanted = role(values, is_behind=is_behind, is_alone=is_behind and text[level - 1 : level] != "[")
        names = (wanted if "logger" not in taken else "context", "context", "context_2", "context_3", "context_4")
        name = next(each for each in names if each not in taken)
        taken.add(name)
        return f"{found[1]}{{{name}:square}}"

    return _SQUARE.sub(named, text)


def _fitting(text: str, event: str) -> str:
    """The layout, or the same without its tail, or without a space behind a bracket, if the event has it."""
    head = text.partition(TAIL)[0]
    close = [head.rstrip()] if head.endswith(("] ", ") ", "} ", "> ")) else []
    return next((each for each in (text, head, *close) if has_layout(each, event)), "")


class _Seen:
    """How many events have which header, up to each of its pieces."""

    def __init__(self, events: int, scanned: Iterable[list[Piece]]) -> None:
        self._reached: Counter[str] = Counter()
        self._values: dict[str, Counter[str]] = defaultdict(Counter)
        self._openings: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        self._loggers: Counter[str] = Counter()
        """Events by what stands before a logger that is sure: a dotted name."""
        for pieces in scanned:
            text = ""
            for piece in pieces:
                if piece.text.startswith(_ANY_LOGGER) and not piece.is_weak:
                    self._loggers[text + piece.separator] += 1
                text += piece.separator + piece.text
                self._reached[text] += 1
                if piece.value:
                    self._values[text][piece.value] += 1
                if piece.text == _WORD:
                    self._openings[text][piece.value][opening(piece.after)] += 1
        self._reached[""] = events

    def layout(self, pieces: list[Piece], stored: Collection[str]) -> str:
        """The layout of an event, as far as it is stable; empty if that is no header."""
        *_, last = pieces
        if len(pieces) == 1 and last.text == HEADLESS:
            return HEADLESS
        tail = last.text if last.text.startswith(TAIL) else ""
        header = [piece for piece in pieces if not piece.text.startswith(TAIL)]
        sure = max((index for index, piece in enumerate(header) if piece.text and not piece.is_weak), default=-1)
        text = ""
        for index, piece in enumerate(header):
            longer = text + piece.separator + piece.text
            is_open = piece.is_weak and index > sure  # what is before something sure is sure too
            if is_open and (_ended(text + piece.separator) in stored or not self._is_stable(text, longer, piece)):
                text += piece.separator
                break
            text = longer
        if not header[0].is_known and not any(part in text for part in ("{level:", *_DATED)):
            return ""
        return text if TAIL in text else _ended(text) + tail

    def _is_stable(self, text: str, longer: str, piece: Piece) -> bool:
        """Whether nearly all have it, or so many that its values come again and again."""
        count, distinct = self._reached[longer], len(self._values[longer])
        if piece.text == _WORD:
            return self._are_names(text, longer, piece)
        if "{level:" in piece.text:
            is_letter = piece.text == "{level:letter}"  # one kind is enough: all have the name of a program behind it
            fewest = 2 if text.startswith(_DATED) and not is_letter else FEW
            if count >= max(fewest, STABLE * self._reached[text]):
                return distinct > 1 or is_letter
            return distinct > 1 and not is_letter and count >= MANY and count >= REPEATED * distinct
        if piece.text == "{logger:dotted}":  # others of the sample have a bracket behind the same name
            count += self._loggers[text + piece.separator]
        if count < STABLE * self._reached[text]:
            return count >= MANY and count >= REPEATED * distinct
        return piece.text != "{logger:dotted}" or (2 * distinct <= count if count >= FEW else distinct < count)

    def _are_names(self, text: str, longer: str, piece: Piece) -> bool:
        """Whether the words at a place are loggers: nearly all events have one there, and it is no part of the text."""
        openings = self._openings[longer]
        if not before_text(openings):
            return False
        sure, count = self._loggers[text + piece.separator], self._reached[longer]
        if sure >= max(FEW, STABLE * self._reached[text]):  # so a word at that place is a logger, too
            return True
        if sure + count < STABLE * self._reached[text]:
            return False
        is_word = not all(map(_NO_WORD.fullmatch, openings))
        if count < FEW and is_word:
            return len(openings) < count or (all(map(str.islower, openings)))
        return before_all_kinds(openings) if is_word else count > 1


def _ended(text: str) -> str:
    """With what separates a header from its message."""
    return text if text.endswith((" ", "\t", ":", ",", " [")) and not text.endswith("} :") else f"{text} "
