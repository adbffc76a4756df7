"""Assembles the pages of the site: the docs, the decisions, and the pages at the root of the repository.

In the repository, the pages link to each other by their paths there. Here these links change to the paths in the site;
links to other files lead to the repository's home. ``make site`` runs it before it builds the site.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "build" / "pages"
HOME = "https://github.com/loglake/loglake/blob/main/"
SECTIONS = ("start", "understand", "aws", "reference")
"""The folders of docs/ with pages that are written for it."""

_FOLDERS = ("docs", *(f"docs/{name}" for name in (*SECTIONS, "notebooks", "pictures")))
_DECISIONS = "infra/decisions"
_AT_ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md", "SECURITY.md": "security.md"}
_ELSEWHERE = {**_AT_ROOT, _DECISIONS: "decisions/index.md", "README.md": "index.md"}


def place(path: str) -> str | None:
    """The path of a repository file in the site; None if the file is not a page of the site.

    Args:
        path: from the root of the repository.
    """
    folder, _, name = path.rpartition("/")
    if folder in _FOLDERS and not ROOT.joinpath(path).is_dir():
        return path.removeprefix("docs/")
    if folder == _DECISIONS:
        return f"decisions/{name}"
    return _ELSEWHERE.get(path)


def page(path: str, text: str) -> str:
    """The text of a page, with its links changed for the site.

    Args:
        path: the page, from the root of the repository.
        text: as it is there.
    """
    here = place(path)
    assert here is not None
    depth = here.count("/")

    def link(found: re.Match[str]) -> str:
        before, target, after = found.groups()
        if re.match(r"[a-z]+:|#", target):
            return found[0]
        file, _, anchor = target.partition("#")
        resolved = (ROOT / path).parent.joinpath(file).resolve().relative_to(ROOT).as_posix()
        there = None if resolved == "README.md" and anchor else place(resolved)
        new = HOME + resolved if there is None else "../" * depth + there
        return f"{before}{new}{'#' + anchor if anchor else ''}{after}"

    return re.sub(r'(\]\(|src="|srcset=")([^)"\s]+)(\)|")', link, text)


def main() -> None:
    """Writes all pages anew."""
    shutil.rmtree(PAGES, ignore_errors=True)
    files = [
        *(file for folder in _FOLDERS for file in ROOT.glob(f"{folder}/*") if file.is_file()),
        *ROOT.glob(f"{_DECISIONS}/*.md"),
        *map(ROOT.joinpath, _AT_ROOT),
    ]
    for file in files:
        path = file.relative_to(ROOT).as_posix()
        target = PAGES / str(place(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            target.write_text(page(path, file.read_text("utf-8")), "utf-8")
        else:
            shutil.copyfile(file, target)
    decisions = sorted((PAGES / "decisions").glob("*.md"))
    titles = [(file.name, file.read_text("utf-8").splitlines()[0].removeprefix("# ")) for file in decisions]
    listed = "\n".join(f"- [{title}]({name})" for name, title in titles)
    (PAGES / "decisions" / "index.md").write_text(f"# Decisions\n\nWhy loglake is as it is.\n\n{listed}\n", "utf-8")


if __name__ == "__main__":
    main()
