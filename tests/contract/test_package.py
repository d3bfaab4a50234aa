"""The metadata of the package: its version has one definition, and its data files are included."""

import tomllib
from fnmatch import fnmatch
from typing import Any

from tests.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGE = ROOT / "dashboard"
NOT_PACKAGED = ("ui", "static", "__pycache__")


def test_the_version_is_defined_in_the_package_only() -> None:
    assert "version" not in PROJECT["project"]
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "dashboard.__version__"}


def test_every_data_file_of_the_package_is_included() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["dashboard"]
    folders = [folder for folder in PACKAGE.iterdir() if folder.is_dir() and folder.name not in NOT_PACKAGED]
    files = [path for folder in folders for path in folder.rglob("*.*") if path.is_file()]
    data = [str(path.relative_to(PACKAGE)) for path in files if path.suffix not in (".py", ".pyi", ".pyc")]

    assert data
    assert [path for path in data if not any(fnmatch(path, pattern) for pattern in patterns)] == []
