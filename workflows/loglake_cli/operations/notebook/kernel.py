"""What a notebook's kernel has besides Python: ``spark``, with the tables, and the magics of Glue Interactive Sessions.

`jupyter.write_kernel` has IPython load it as an extension.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd
import pyspark
from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand
from IPython.display import display
from traitlets import Unicode
from traitlets.config import Configurable

from loglake.aws import session
from loglake.errors import ConfigError
from loglake_cli.errors import BAD_INPUT, in_words
from loglake_cli.operations.notebook.lake_session import KeptRun, LakeSession, RunningStack, Source
from loglake_cli.operations.notebook.session_magics import SESSION_CELLS, SESSION_LINES, help_text, note

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

SHOWN_ROWS = 20
"""Rows that %%sql shows, as `DataFrame.show` does."""

WIDEST = 120
"""Letters of a value that %%sql shows."""

_NEEDS_SPARK = re.compile(r"\bspark\b|\bSpark(?:Session|Context)\b")
_SPARK = "spark"


class NotebookKernel(Configurable):
    """The state of a kernel. Its settings come with the command that starts it."""

    keep = Unicode(help="The folder of a local run.").tag(config=True)
    endpoint = Unicode(help="The address of a stack that is up, in place of a local run.").tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(parent=shell)
        self._shell = shell
        self._session: LakeSession | None = None

    def load(self) -> None:
        """Adds the magics, and starts Spark before the first cell that needs it."""
        for name, does in SESSION_LINES.items():
            self._add("line", name, _accept(f"%{name}", does))
        for name, does in SESSION_CELLS.items():
            self._add("cell", name, _accept(f"%%{name}", does))
        self._add("line", "help", self._help)
        self._add("line", "matplot", self._matplot)
        self._add("line", "plotly", self._plotly)
        self._add("line", "status", self._status)
        self._add("line", "stop_session", self._stop)
        self._add("cell", "sql", self._sql)
        self._shell.events.register("pre_run_cell", self._before)

    def _add(self, kind: str, name: str, magic: Any) -> None:
        def run(line: str, cell: str = "") -> None:
            magic(line, cell)

        self._shell.register_magic_function(no_var_expand(run), kind, name)  # type: ignore[arg-type]

    def _opened(self) -> LakeSession:
        if self._session is None:
            self._session = LakeSession(self._source())
        return self._session

    def _source(self) -> Source:
        return RunningStack(session, self.endpoint) if self.endpoint else KeptRun(Path(self.keep))

    def _before(self, info: Any) -> None:
        if _NEEDS_SPARK.search(info.raw_cell or ""):
            self._bind()

    def _bind(self) -> Any:
        """Gives the cells `spark`; if there is none, an object that says why as soon as a cell uses it."""
        try:
            bound: Any = self._opened().spark()
        except BAD_INPUT as error:
            bound = _NoSession(in_words(error))
        self._shell.user_ns[_SPARK] = bound
        return bound

    def _sql(self, line: str, cell: str) -> None:
        if line.strip():
            raise UsageError("Glue Interactive Sessions ignore what is behind %%sql: begin on the next line.")
        frame = self._bind().sql(cell)
        rows = frame.limit(SHOWN_ROWS + 1).toPandas()
        if not frame.columns:  # such as USE
            return
        with pd.option_context("display.max_colwidth", WIDEST):
            display(rows.head(SHOWN_ROWS))  # type: ignore[no-untyped-call]
        if len(rows) > SHOWN_ROWS:
            print(f"only showing top {SHOWN_ROWS} rows")

    def _matplot(self, line: str, _cell: str) -> None:
        self._shell.user_ns[line.strip() or "plt"].show()

    def _plotly(self, line: str, _cell: str) -> None:
        display(self._shell.user_ns[line.strip()])  # type: ignore[no-untyped-call]

    def _status(self, _line: str, _cell: str) -> None:
        opened = self._opened()
        print("Session: on this machine, and not on AWS")
        print(f"Tables: of {opened.source.name}")
        state = "ready" if opened.running else "starts with the first cell that needs it"
        print(f"Spark: {pyspark.__version__}, {state}")
        for table in opened.tables:
            print(f"  {table}")

    def _stop(self, _line: str, _cell: str) -> None:
        if self._session:
            self._session.stop()
        self._shell.user_ns.pop(_SPARK, None)
        print("Stopped session.")

    def _help(self, _line: str, _cell: str) -> None:
        print(help_text())


class _NoSession:
    """What `spark` is if it can't be had."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, _name: str) -> NoReturn:
        raise ConfigError(self._why)


def _accept(name: str, does: str) -> Any:
    def accept(_line: str, _cell: str) -> None:
        print(note(name, does))

    return accept


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython."""
    NotebookKernel(shell).load()
