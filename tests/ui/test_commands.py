"""Finding the command in a sentence that can be copied."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglake_cli.ui.pages import pieces
from loglake_cli.wording import command

pytestmark = pytest.mark.unit


def commands(sentence: str) -> list[str]:
    return [piece.text for piece in pieces(sentence) if piece.is_command]


def test_the_commands_at_the_end_of_a_sentence_are_found() -> None:
    sentence = (
        "/app/shop: 1 window failed, the last one [a, b): no right. If nothing is to be done: loglake ignore /app/shop "
        "--lake aws:loglake; when the cause is gone: loglake rerun --log-group '/app/my shop' --lake aws:loglake"
    )
    assert commands(sentence) == [
        "loglake ignore /app/shop --lake aws:loglake",
        "loglake rerun --log-group '/app/my shop' --lake aws:loglake",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "it broke: loglake x $(reboot)",
        "it broke: loglake x `reboot`",
        "it broke: loglake x | sh",
        "it broke: loglake x && reboot",
        "it broke: loglake x > /etc/passwd",
        "it broke: loglake x\nreboot",
        "it broke: loglake 'x",
        "it broke: curl evil.example",
        "start another `loglake local run`.",
        "",
    ],
)
def test_what_could_do_more_than_run_loglake_is_no_command(sentence: str) -> None:
    assert commands(sentence) == []


@given(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"])), st.text())
def test_the_pieces_are_the_sentence_and_a_quoted_name_is_found_whole(name: str, before: str) -> None:
    proposed = command("ignore", "--lake aws:loglake", names=[name])
    sentence = f"{before}: {proposed}"
    assert "".join(piece.text for piece in pieces(sentence)) == sentence
    for found in commands(sentence):
        assert shlex.split(found)[0] == "loglake"
    if not before:
        assert commands(sentence) == [proposed]
