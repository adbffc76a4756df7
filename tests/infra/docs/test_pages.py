"""README, CONTRIBUTING and docs: links work, commands parse, and no fact stands twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from support.pages import DOCS, PAGES, ROOT, prose, typed
from support.repeats import Sentence, repeats, sentences, split
from typer.core import TyperGroup
from typer.main import get_command

from infra.docs import commands, configuration
from loglake.core.schema.datasets import Dataset
from loglake_cli.cli.app import app

pytestmark = pytest.mark.infra

NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The possible fragments of links: the headings as GitHub and the site name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    links = re.findall(r"(?:\]\(|src=\"|srcset=\")([^)\"\s]+)", prose(page))
    for link in links:
        path, _, anchor = link.partition("#")
        if path.startswith(("https://", "http://")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}, and there is no such heading"


def test_the_start_page_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w/-]+\.md)", (DOCS / "index.md").read_text("utf-8")))
    assert linked == {page.relative_to(DOCS).as_posix() for page in PAGES if DOCS in page.parents} - {"index.md"}


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_no_sentence_stands_in_two_places() -> None:
    """The fact stays where a reader looks for it, and other pages link to it.

    It is about sentences, list items and table cells of six words or more. Entries of generated pages may repeat each
    other, because they are looked up one at a time. A page written by hand repeats neither them nor another page.
    """
    found = sentences()
    assert len(found) > 3000
    assert [f"{one.page}: {one.text} | {two.page}: {two.text}" for one, two in repeats(found)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Equal lines of an export are two rows.", "- **No ids.** Equal lines of an export are two rows."),
        ("It prints the rows of each window, and asks.", "| `accept` | It prints the rows of each window, and asks; |"),
        ("Only groups of the class STANDARD can be exported.", "1. Only groups of the STANDARD class can be exported."),
        ("See [Concepts](concepts.md) for the words that we use.", "See Concepts for the words that we use."),
    ],
)
def test_a_sentence_is_found_behind_a_bold_lead_in_a_cell_and_in_other_words(one: str, other: str) -> None:
    first, second = (
        [Sentence(page, text, is_reference=False) for text in split(markdown)]
        for page, markdown in (("one.md", one), ("other.md", other))
    )
    assert len(repeats([*first, *second])) == 1


def test_headings_and_code_are_no_sentences() -> None:
    page = "# A heading\n\n```sh\nmake run\n```\n\n    loglake query -\n\n| `loglake status` | It ends. |\n"
    assert list(split(page)) == ["It ends."]


def check(command: Any, words: list[str]) -> None:
    """Parses words as a command does.

    Raises:
        UsageError: there is no such command or option.
    """
    name = ""
    while isinstance(command, TyperGroup):
        assert words, "a group needs a command"
        name, *words = words
        assert name in command.commands, f"there is no command {name}"
        command = command.commands[name]
    context = typer.Context(command, info_name=name)
    command.make_parser(context).parse_args(list(words))


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_each_command_on_a_page_is_one_that_there_is(page: Path) -> None:
    for program, *words in typed(page):
        if page.name == "cli.md" and "[OPTIONS]" in words:
            continue
        if program == "make":
            targets = [word for word in words if "=" not in word]
            assert set(targets) <= TARGETS, f"{page.name}: make {' '.join(targets)}"
        elif words != ["COMMAND", "--help"]:
            check(get_command(app), [word for word in words if word not in {"--help", "…"}])


def test_commands_are_found_on_pages() -> None:
    assert len([words for page in PAGES for words in typed(page)]) > 60


def test_an_option_that_there_is_not_is_noticed() -> None:
    with pytest.raises(Exception, match="No such option: --nothing"):
        check(get_command(app), ["status", "--nothing"])
    with pytest.raises(AssertionError, match="no command request"):
        check(get_command(app), ["request", "/app/shop"])


def test_the_page_of_commands_has_each_with_its_options() -> None:
    page = commands.render()
    assert page == commands.PAGE.read_text("utf-8"), "docs/reference/cli.md is stale: run `make docs`"
    for name, command in commands.commands(get_command(app)):
        entry = page.split(f"\n## `loglake {name}`\n")[1].split("\n## ")[0]
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name not in {"quiet", "verbose"}:
                assert parameter.opts[0] in entry, f"{name} {parameter.opts[0]}"


def test_the_page_of_settings_has_each_key_and_each_parameter() -> None:
    page = configuration.render()
    assert page == configuration.PAGE.read_text("utf-8"), "docs/reference/configuration.md is stale: run `make docs`"
    for key in Dataset.__dataclass_fields__:
        assert f"| `{key}` | " in page
