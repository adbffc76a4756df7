"""Links in the site lead to the right pages."""

from __future__ import annotations

import pytest

from infra.docs import site

pytestmark = pytest.mark.infra


@pytest.mark.parametrize(
    ("page", "link", "there"),
    [
        ("docs/understand/tables.md", "limits.md", "../understand/limits.md"),
        ("docs/understand/tables.md", "../aws/cost.md#x", "../aws/cost.md#x"),
        ("docs/understand/tables.md", "#columns", "#columns"),
        ("docs/understand/tables.md", "https://parquet.apache.org", "https://parquet.apache.org"),
        ("docs/reference/local-runtime.md", "../pictures/local-run.png", "../pictures/local-run.png"),
        ("docs/understand/tables.md", "../../infra/decisions/0001-record.md", "../decisions/0001-record.md"),
        ("docs/index.md", "../infra/decisions", "decisions/index.md"),
        ("docs/index.md", "../CONTRIBUTING.md", "contributing.md"),
        ("docs/start/notebooks.md", "../notebooks/services.md", "../notebooks/services.md"),
        ("docs/notebooks/services.md", "../start/notebooks.md", "../start/notebooks.md"),
        ("docs/notebooks/services.md", "services_3_0.png", "../notebooks/services_3_0.png"),
        ("docs/start/readers.md", "../../notebooks/first_look.ipynb", f"{site.HOME}notebooks/first_look.ipynb"),
        ("infra/decisions/0001-record.md", "../../docs/aws/cost.md", "../aws/cost.md"),
        ("CONTRIBUTING.md", "docs/development.md", "development.md"),
        ("CHANGELOG.md", "docs/template-project", f"{site.HOME}docs/template-project"),
        ("docs/understand/concepts.md", "../../README.md", "../index.md"),
        ("docs/understand/concepts.md", "../../README.md#how-it-works", f"{site.HOME}README.md#how-it-works"),
    ],
)  # fmt: skip
def test_a_link_leads_to_where_the_page_is_in_the_site(page: str, link: str, there: str) -> None:
    assert site.page(page, f"see [this]({link}).") == f"see [this]({there})."
    assert site.page(page, f'<img src="{link}">') == f'<img src="{there}">'
