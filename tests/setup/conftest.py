"""A small temporary checkout for each test, and tools that are shell scripts."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole

FakeTool = Callable[[str, str], Path]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """The first folder on PATH."""
    folder = tmp_path / "tools-on-path"
    folder.mkdir()
    return folder


@pytest.fixture
def fake_tool(tools: Path) -> FakeTool:
    def make(name: str, script: str) -> Path:
        tool = tools / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        return tool

    return make


@pytest.fixture
def checkout(tmp_path: Path, tools: Path) -> Checkout:
    root = tmp_path / "checkout"
    for folder in ("bin", "k6/config", "dashboard", "tools/locks", "tools/k6-build"):
        (root / folder).mkdir(parents=True)
    (root / "requirements.lock").write_text("flask==3.1.3\n")
    (root / "requirements-dev.lock").write_text("flask==3.1.3\npytest==9.2.0\n")
    (root / "tools/k6-build/go.mod").write_text("module k6build\n\ngo 1.25.0\n")
    return Checkout(root, {"PATH": f"{tools}:/usr/bin:/bin", "HOME": str(tmp_path)})


@pytest.fixture
def console(checkout: Checkout) -> SetupConsole:
    return SetupConsole(checkout.logs, io.StringIO())


def printed(console: SetupConsole) -> str:
    assert isinstance(console.out, io.StringIO)
    return console.out.getvalue()
