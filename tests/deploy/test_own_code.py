"""Packages of transformations: the files that are deployed, and what is refused first."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from loglake.core.schema.datasets import Dataset, Datasets
from loglake.errors import ConfigError
from loglake_cli.deploy.packaged_files import own_code

pytestmark = pytest.mark.unit


def datasets(*transforms: str) -> Datasets:
    return Datasets(tuple(Dataset((f"/{number}",), transform=name) for number, name in enumerate(transforms)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "shop_logs/__init__.py": "",
        "shop_logs/clean.py": "def clean(batch):\n    return batch\n",
        "shop_logs/teams.json": "{}",
        "shop_logs/deep/__init__.py": "from shop_logs.clean import clean as washed\nother = washed\n",
        "shop_logs/__pycache__/clean.cpython-313.pyc": "x",
        "shop_logs/.cache/x": "x",
        "single.py": "def scrub(batch): return batch\n",
        "broken.py": "def (",
        "unasked/__init__.py": "",
        "json.py": "def load(batch): return batch\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def test_whole_packages_go_along_and_nothing_else(folder: Path) -> None:
    code = own_code(datasets("shop_logs.clean:clean", "", "shop_logs.deep:washed", "single:scrub"), folder)
    assert code is not None
    assert sorted(zipfile.ZipFile(io.BytesIO(code.content)).namelist()) == [
        "shop_logs/__init__.py",
        "shop_logs/clean.py",
        "shop_logs/deep/__init__.py",
        "shop_logs/teams.json",
        "single.py",
    ]
    again = own_code(datasets("single:scrub", "shop_logs.deep:other"), folder)
    assert again == code  # the same files are the same bytes


def test_without_transformations_there_is_nothing(folder: Path) -> None:
    assert own_code(datasets("", ""), folder) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("shop_logs.clean:cleen", r"clean\.py defines no cleen\.$"),
        ("shop_logs.none:clean", r"there is no .*shop_logs/none\.py\. The package has to be in the folder of the"),
        ("elsewhere:clean", r"there is no .*elsewhere\.py\."),
        ("broken:clean", r"broken\.py is not Python: "),
        ("json:load", "Python or loglake has a module of that name"),
        ("loglake.kernels.convert:convert_bundle", "Python or loglake has a module of that name"),
    ],
)
def test_what_jobs_could_not_import_is_refused(folder: Path, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"transform: {name}: .*{said}"):
        own_code(datasets(name), folder)
