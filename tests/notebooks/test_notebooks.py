"""The notebooks and their kernel, one after the other, on one finished run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.local.notebooks import NOTEBOOKS, Kernel, Run, charts, jupyter_below, texts

from athena_duckdb.catalog_file import CATALOG
from loglake_cli.operations.notebook.kernel import SESSION_CELLS, SESSION_LINES, WORKING

pytestmark = pytest.mark.spark

PAGES = NOTEBOOKS.parent / "docs" / "notebooks"
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))


def test_a_first_look_counts_the_events_of_each_table(kernel: Kernel, run: Run) -> None:
    looked = kernel.run(NOTEBOOKS / "first_look.ipynb")
    (line,) = re.findall(r"^events +(\d+) +(\d+)$", texts(looked), re.MULTILINE)
    assert tuple(map(int, line)) == (run.events["/app/shop"], run.events["/aws/lambda/checkout"])
    assert charts(looked) == 2


def test_drift_shows_the_new_column_and_the_values_that_did_not_fit(kernel: Kernel, run: Run) -> None:
    drifted = kernel.run(NOTEBOOKS / "schema_drift.ipynb")
    assert re.search(r"^basket_items +2024-05-23$", texts(drifted), re.MULTILINE)
    (rescued,) = re.findall(r"request\.status +2024-05-23 +(\d+) +timeout$", texts(drifted), re.MULTILINE)
    assert int(rescued) == run.rescued > 0
    assert charts(drifted) == 1


def test_late_events_names_the_hours_to_export_again(kernel: Kernel) -> None:
    late = kernel.run(NOTEBOOKS / "late_events.ipynb")
    again = "loglake export /app/shop --from 2024-05-22T11:00 --to 2024-05-22T16:00 --replace --lake aws:loglake"
    assert again in texts(late)
    assert charts(late) == 2


def test_services_says_what_they_did_and_what_they_cost(kernel: Kernel, run: Run) -> None:
    services = kernel.run(NOTEBOOKS / "services.ipynb")
    assert re.search(r"^invocations +150(\.0+)?$", texts(services), re.MULTILINE)
    assert re.search(rf"/app/shop +{run.events['/app/shop']} ", texts(services))
    assert charts(services) == 2


def test_an_own_transformation_is_tried_on_rows_that_are_there(kernel: Kernel, run: Run) -> None:
    tried = kernel.run(NOTEBOOKS / "own_transformation.ipynb")
    teams = re.findall(r"^\d +(?:checkout|shop) +(\d+) +0 ", texts(tried), re.MULTILINE)
    assert sum(map(int, teams)) == run.events["/app/shop"] - run.health_checks
    assert "the transformation counting gives something else for the same rows in other batches" in texts(tried)
    assert charts(tried) == 1


def test_without_a_run_a_notebook_says_what_to_do(tmp_path: Path) -> None:
    from nbclient.exceptions import CellExecutionError  # noqa: PLC0415 - each process of xdist imports this file

    with (
        jupyter_below(tmp_path / "jupyter", keep=tmp_path / "none"),
        Kernel() as kernel,
        pytest.raises(CellExecutionError, match="has no kept run: run `loglake local run` first"),
    ):
        kernel.run(NOTEBOOKS / "first_look.ipynb")


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_its_page_shows_the_notebook_as_it_is(path: Path) -> None:
    page = re.sub(r"^\*This is what .*\n\n", "", (PAGES / f"{path.stem}.md").read_text(), flags=re.MULTILINE)
    for cell in json.loads(path.read_text())["cells"]:
        assert "".join(cell["source"]).strip() in page, "run `make notebook-pages`"
    pictures = set(re.findall(r"!\[Chart\]\((.*?)\)", page))
    assert pictures == {file.name for file in PAGES.glob(f"{path.stem}_*.png")}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


def test_magics_of_a_session_are_accepted_with_a_note(kernel: Kernel) -> None:
    lines = "\n".join(f"%{name} some {{thing}} $here" for name in SESSION_LINES)
    said, *of_cells, computed = kernel.cells(
        f"{lines}\nx = 20", *(f"%%{name}\n{{'a': 1}}" for name in SESSION_CELLS), "x + 1"
    )
    assert [line.partition(":")[0] for line in said.splitlines()] == [f"%{name}" for name in SESSION_LINES]
    assert "%worker_type: on AWS it sets the type of the workers. It has no effect here." in said
    for name, text in zip(SESSION_CELLS, of_cells, strict=True):
        assert text.startswith(f"%%{name}: on AWS it ")
    assert computed == "21"


def test_help_lists_them(kernel: Kernel) -> None:
    (text,) = kernel.cells("%help")
    assert all(f"  {name}" in text for name in WORKING)
    assert all(f"  %{name}" in text for name in (*SESSION_LINES, *(f"%{cell}" for cell in SESSION_CELLS)))


def test_sql_shows_the_first_rows(kernel: Kernel, run: Run) -> None:
    few, many, changed, wrong, behind = kernel.cells(
        "%%sql\n-- of all days\nSELECT count(*) AS n\nFROM loglake.app_shop;",
        "%%sql\nSELECT log_stream, _line FROM loglake.app_shop",
        "%%sql\nUSE loglake",
        "%%sql\nSELECT nothing FROM loglake.app_shop",
        "%%sql SELECT 1\nFROM loglake.app_shop",
    )
    assert few.split() == ["n", "0", str(run.events["/app/shop"])]
    assert many.endswith("only showing top 20 rows\n")
    assert changed == ""
    assert "`nothing` cannot be resolved" in wrong
    assert "begin on the next line" in behind


def test_a_table_has_the_catalogs_columns_and_reads_the_days_that_are_asked_for(kernel: Kernel, run: Run) -> None:
    catalog = json.loads((run.keep / CATALOG).read_text())
    (table,) = (each for each in catalog["tables"] if each["Name"] == "app_shop")
    columns = [
        (each["Name"], each["Type"]) for each in (*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"])
    ]
    types, plan, early = kernel.cells(
        "print(spark.table('loglake.app_shop').dtypes)",
        "spark.sql(\"SELECT count(*) FROM loglake.app_shop WHERE dt = '2024-05-22'\").explain()",
        "spark.table('loglake.app_shop').where('dt < \"2024-05-23\"').where('basket_items IS NOT NULL').count()",
    )
    assert types.strip() == repr(columns)
    assert "(1 paths)" in plan
    assert early == "0"


def test_a_later_run_is_seen_by_the_next_cell(kernel: Kernel, run: Run) -> None:
    path = run.keep / CATALOG
    before = path.read_text()
    known = json.loads(before)
    tables = [each for each in known["tables"] if each["Name"] != "aws_lambda"]
    show = "sorted(each.name for each in spark.catalog.listTables('loglake'))"
    try:
        (both,) = kernel.cells(show)
        path.write_text(json.dumps({**known, "tables": tables}))
        (one,) = kernel.cells(show)
    finally:
        path.write_text(before)
    (again,) = kernel.cells(show)
    assert (both, one, again) == ("['app_shop', 'aws_lambda']", "['app_shop']", "['app_shop', 'aws_lambda']")


def test_charts_are_shown_by_the_magic_of_a_session(kernel: Kernel) -> None:
    chart, figure = kernel.cells(
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n%matplot plt",
        "fig = 'a figure of Plotly'\n%plotly fig",
    )
    assert chart.startswith("<Figure ")
    assert figure == "'a figure of Plotly'"


def test_a_session_says_what_it_is_and_can_be_stopped(kernel: Kernel, run: Run) -> None:
    status, stopped, after = kernel.cells("spark.version\n%status", "%stop_session", "%status")
    assert f"Tables: of the run kept in {run.keep}" in status
    assert "ready\n  loglake.app_shop\n" in status
    assert stopped == "Stopped session.\n"
    assert "starts with the first cell that needs it" in after
