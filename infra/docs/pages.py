"""Writes the pages that are made from the code: ``make docs``."""

from __future__ import annotations

from types import ModuleType

from infra.docs import commands, configuration, cost, doctor, export_errors, fidelity, formats, scale

PAGES = (commands, configuration, cost, doctor, export_errors, fidelity, formats, scale)
"""Each has a `PAGE` and its `render`."""


def write(page: ModuleType) -> None:
    """Writes one of them."""
    page.PAGE.parent.mkdir(exist_ok=True)
    page.PAGE.write_text(page.render(), encoding="utf-8")


if __name__ == "__main__":
    for each in PAGES:
        write(each)
