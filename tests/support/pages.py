"""The pages of README and docs, and the commands on them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from infra.docs.site import SECTIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for name in ("", *SECTIONS) for page in sorted(DOCS.joinpath(name).glob("*.md"))),
]


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def typed(page: Path) -> Iterator[list[str]]:
    """The words of each loglake or make command in the page's blocks of code."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```(?:sh|console)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    blocks.append("\n".join(re.findall(r"^    (.*)$", prose(page), re.MULTILINE)))
    whole = re.sub(r'("[^"\n]*)\n\s+([^"\n]*")', r"\1 \2", "\n".join(blocks).replace("\\\n", " "))
    for line in whole.splitlines():
        found = re.match(r"(?:\$ )?(?:\.venv/bin/)?(loglake|make) (?=[a-z-])(.*)", line)
        if found:
            yield shlex.split(f"{found[1]} {found[2]}", comments=True)
