"""Members that fail their checks are left out as a whole; all others are read, however the object is cut."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglake.kernels.blocks import TruncatedInputError
from loglake.kernels.readers.unpacking import sound_members as module
from loglake.kernels.readers.unpacking.sound_members import (
    MOST_CORRUPT,
    CorruptMember,
    CorruptMemberError,
    Stretches,
    sound_members,
)
from loglake.kernels.readers.unpacking.unpack import unpack_members

pytestmark = pytest.mark.unit


def _member(text: bytes, bad: str = "") -> bytes:
    body = bytearray(gzip.compress(text, mtime=0))
    if bad == "checksum":
        body[-8] ^= 1
    elif bad == "length":
        body[-4:] = struct.pack("<I", len(text) + 1)
    return bytes(body)


def _read(body: bytes, known: dict[int, str] | None = None, cut: int = 1 << 20) -> Iterator[bytes | CorruptMember]:
    def opened() -> Iterable[bytes]:
        return (body[start : start + cut] for start in range(0, len(body), cut))

    return sound_members(opened, 100, known or {})


def _until_known(body: bytes, cut: int = 1 << 20) -> list[bytes | CorruptMember]:
    """Begins again, as a caller does, for each member that fails after some of it was passed on."""
    known: dict[int, str] = {}
    while True:
        try:
            return list(_read(body, known, cut))
        except CorruptMemberError as error:
            known |= {error.number: error.problem}


def _shown(items: Iterable[bytes | CorruptMember]) -> list[bytes]:
    """The texts between the members that are left out."""
    texts = [b""]
    for item in items:
        if isinstance(item, CorruptMember):
            texts.append(b"")
        else:
            texts[-1] += item
    return texts


members = st.lists(
    st.tuples(
        st.binary(max_size=40) | st.binary(min_size=300, max_size=400), st.sampled_from(["", "", "checksum", "length"])
    ),
    max_size=6,
)


@settings(deadline=None)
@given(
    members=members,
    cut=st.sampled_from([1, 7, 100, 1 << 20]),
    waiting=st.sampled_from([0, 200, 1 << 20]),
    zeros=st.booleans(),
)
def test_what_passes_its_check_is_read_and_nothing_else(
    members: list[tuple[bytes, str]], cut: int, waiting: int, zeros: bool
) -> None:
    body = (b"\0" * 3 if zeros else b"").join(_member(*each) for each in members)
    expected = [b""]
    for text, bad in members:
        expected = [*expected, b""] if bad else [*expected[:-1], expected[-1] + text]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "WAITING_BYTES", waiting)
        assert _shown(_until_known(body, cut)) == expected


def test_a_member_that_is_left_out_is_named_with_its_place() -> None:
    first, second = _member(b"good\n"), _member(b"bad\n", "checksum")
    assert list(_read(first + second + _member(b"more\n"))) == [
        b"good\n",
        CorruptMember(
            f"gzip member 2 (bytes {len(first)} to {len(first) + len(second)} of the object) is left out: its gzip "
            "data is corrupt (incorrect checksum)"
        ),
        b"more\n",
    ]


def test_a_large_member_is_named_after_some_of_it_was_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING_BYTES", 1 << 20)
    body = _member(b"good\n") + _member(bytes(5 << 20), "checksum")
    passed: list[bytes | CorruptMember] = []
    with pytest.raises(CorruptMemberError) as raised:
        passed.extend(_read(body))
    assert raised.value.number == 2
    assert passed[0] == b"good\n"
    assert _shown(_read(body, {2: "x"})) == [b"good\n", b""]


def test_a_truncated_member_gives_what_it_decodes_to() -> None:
    items: list[bytes | CorruptMember] = []
    with pytest.raises(TruncatedInputError, match="ends in the middle"):
        items.extend(_read(_member(b"bad\n", "checksum") + _member(b"good\n") + _member(b"cut off")[:-3]))
    assert _shown(items) == [b"", b"good\ncut off"]


def test_an_object_with_many_of_them_is_not_read_to_its_end() -> None:
    items: list[bytes | CorruptMember] = []
    with pytest.raises(TruncatedInputError, match=f"more than {MOST_CORRUPT}"):
        items.extend(_read(_member(b"bad", "checksum") * 1000))
    assert len(items) == MOST_CORRUPT + 1


def test_a_layer_around_another_one_ends_at_such_a_member() -> None:
    inner = gzip.compress(b"good\n" * 1000, mtime=0)
    outer = _member(inner[:20]) + _member(inner[20:], "checksum")
    items: list[bytes | CorruptMember] = []
    with pytest.raises(TruncatedInputError, match="gzip member 2"):
        items.extend(unpack_members(lambda: [outer], {}))
    assert not any(isinstance(item, CorruptMember) for item in items)


def test_a_stretch_that_ends_within_a_line_is_truncated() -> None:
    stretches = Stretches(iter([b"one\n", CorruptMember("first"), b"tw", CorruptMember("second"), b"three"]))

    assert (list(stretches.next()), stretches.left_out, stretches.is_cut) == ([b"one\n"], "first", False)
    with pytest.raises(TruncatedInputError, match="second"):
        list(stretches.next())
    assert (list(stretches.next()), stretches.left_out) == ([b"three"], None)
