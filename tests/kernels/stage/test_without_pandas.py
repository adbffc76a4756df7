"""Workers that start without pandas."""

import subprocess
import sys

SCRIPT = """
import sys
import loglake.pool.worker
assert "pandas" not in sys.modules, "the kernels keep arrays that are made with `constants`"
from loglake.kernels.stage.without_pandas import leave_out_pandas
leave_out_pandas()
import pyarrow
assert len(pyarrow.array([1, 2])) == 2
assert "pandas" not in sys.modules
assert len(pyarrow.table({"a": [1, 2]}).to_pandas()) == 2
"""


def test_a_worker_imports_no_pandas_until_it_is_asked_for_it() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
