"""Follows the Dockerfile without a container engine: its commands, its user, its read-only root."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, skip_or_fail

HERE = Path(__file__).parent
INSTRUCTIONS = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
TOKEN = secrets.token_hex(16)


def instruction(name: str) -> str:
    """Return the arguments of the first Dockerfile instruction with this name, in one line."""
    text: str = next(text for found, text in INSTRUCTIONS if found == name)
    return text.replace("\\\n", " ")


def command_of(name: str) -> list[str]:
    """Return the JSON list in an instruction."""
    text = instruction(name)
    return list(json.loads(text[text.index("[") :]))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A temporary folder that other users can enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="container-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def smoke_test(tree: Path, folder: Path) -> dict[str, Any]:
    """Run `smoke_test.py` as in the container and return its result."""
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("unshare", "setpriv", "mount", "ip")):
        pytest.skip("imitating a container requires root on Linux, util-linux and iproute2")
    user = int(instruction("USER").split(":")[0])
    data, scratch, mount_point = folder / "data", folder / "scratch", folder / "mounted"
    mount_point.mkdir()
    for path in (data, scratch):
        path.mkdir()
        os.chown(path, user, user)
    shutil.copy(ROOT / "k6" / "config" / "endpoints.example.json", data / "endpoints.json")
    os.chown(data / "endpoints.json", user, user)
    (folder / "token").write_text(TOKEN)
    shutil.copy(HERE / "smoke_test.py", folder)
    environment = image_environment(data) | {
        "DASHBOARD_TOKEN_FILE": str(folder / "token"),
        "TMPDIR": str(scratch),
        "MIN_FREE_DISK": "0",
        "DATA": str(data),
        "SCRATCH": str(scratch),
        "TREE": str(tree),
        "MOUNT_POINT": str(mount_point),
        "PYTHONPATH": str(mount_point),
        "PYTHON_HOME": sys.base_prefix,
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(Path.home()),
        "PATH": os.environ["PATH"],
    }
    parameters: dict[str, object] = {
        "entry": command_of("ENTRYPOINT") + command_of("CMD"),
        "health": command_of("HEALTHCHECK"),
    }
    parameters |= {"token": TOKEN, "scratch": str(scratch)}
    return run_inside(tree, environment, user, [str(folder / "smoke_test.py"), json.dumps(parameters)])


def image_environment(data: Path) -> dict[str, str]:
    pairs = (word.split("=", 1) for word in shlex.split(instruction("ENV")))
    return {name: value.replace("/data", str(data)) for name, value in pairs}


def run_inside(tree: Path, environment: dict[str, str], user: int, arguments: list[str]) -> dict[str, Any]:
    """Run a script with the image's Python in new namespaces and return its JSON output."""
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    completed = subprocess.run(
        [*unshare, str(HERE / "enter.sh"), str(user), ".venv/bin/python", *arguments],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    if "Operation not permitted" in completed.stderr and completed.returncode:
        pytest.skip(f"namespaces are not permitted here: {completed.stderr.strip()}")
    assert completed.returncode == 0, completed.stdout[-1_000:] + completed.stderr[-3_000:]
    result: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])
    return result


def assert_works(result: dict[str, Any]) -> None:
    assert (result["user"], result["capabilities"]) == (10001, 0)
    assert (result["tree"], result["root"]) == ("EROFS", "EROFS")
    assert result["unhealthy_before"]
    assert result["without_token"] == 401
    assert (result["status"], result["exit"]) == ("finished", 0)
    assert result["total_reqs"] == result["received"] > 0


@pytest.mark.k6
@pytest.mark.serial
def test_a_run_works_as_the_images_user_on_a_read_only_root(folder: Path) -> None:
    if not (ROOT / "bin" / "k6").exists():
        skip_or_fail("bin/k6", "the image has its own k6, and one elsewhere on PATH is not reachable inside")
    assert_works(smoke_test(ROOT, folder))


@pytest.mark.long
@pytest.mark.k6
@pytest.mark.serial
def test_the_build_of_a_bare_copy_works(folder: Path) -> None:
    tree = folder / "app"
    ignored = (ROOT / ".dockerignore").read_text().split()
    shutil.copytree(
        ROOT, tree, symlinks=True, ignore=lambda at, names: excluded_names(Path(at), names, ignored)
    )
    commands = instruction("RUN").replace("/data", str(folder / "made"))
    completed = subprocess.run(
        ["sh", "-ec", commands], cwd=tree, capture_output=True, text=True, timeout=1_500
    )
    assert completed.returncode == 0, completed.stdout[-3_000:] + completed.stderr[-3_000:]
    assert (folder / "made" / "endpoints.json").exists()
    assert not (tree / ".tools").exists()
    assert_works(smoke_test(tree, folder))


def excluded_names(folder: Path, names: list[str], rules: list[str]) -> set[str]:
    """Return the names that .dockerignore excludes."""
    paths = {name: str((folder / name).relative_to(ROOT)) for name in names}
    return {
        name
        for name, path in paths.items()
        if any(path == rule or ("**" in rule and fnmatch(name, rule[3:])) for rule in rules)
    }
