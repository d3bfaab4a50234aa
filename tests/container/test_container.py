"""What the Dockerfile says, done without an engine: its commands, its user, its read-only root."""

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

from tests.conftest import ROOT

HERE = Path(__file__).parent
INSTRUCTIONS = re.findall(r"^([A-Z]+) ((?:.*\\\n)*.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
TOKEN = secrets.token_hex(16)


def said(name: str) -> str:
    """The first instruction of this name, in one line."""
    return next(text.replace("\\\n", " ") for found, text in INSTRUCTIONS if found == name)


def command(name: str) -> list[str]:
    """The JSON list in an instruction."""
    return list(json.loads(said(name)[said(name).index("[") :]))


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder that another user may enter, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="container-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def tour(tree: Path, room: Path) -> dict[str, Any]:
    """What `tour.py` saw in a room like the container's."""
    if os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("unshare", "setpriv", "mount", "ip")):
        pytest.skip("a room like a container's is made by root on Linux with util-linux and iproute2")
    user = int(said("USER").split(":")[0])
    data, scratch, seat = room / "data", room / "scratch", room / "seat"
    seat.mkdir()
    for folder in (data, scratch):
        folder.mkdir()
        os.chown(folder, user, user)
    shutil.copy(ROOT / "k6" / "config" / "endpoints.example.json", data / "endpoints.json")
    os.chown(data / "endpoints.json", user, user)
    (room / "token").write_text(TOKEN)
    image = dict(word.split("=", 1) for word in shlex.split(said("ENV")))
    environment = {name: value.replace("/data", str(data)) for name, value in image.items()}
    environment |= {"DASHBOARD_TOKEN_FILE": str(room / "token"), "TMPDIR": str(scratch), "MIN_FREE_DISK": "0"}
    environment |= {"DATA": str(data), "SCRATCH": str(scratch), "HOME": str(Path.home())}
    environment |= {
        "PATH": os.environ["PATH"],
        "PYTHON_HOME": sys.base_prefix,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment |= {"TREE": str(tree), "SEAT": str(seat), "PYTHONPATH": str(seat)}
    asked = {"entry": command("ENTRYPOINT") + command("CMD"), "health": command("HEALTHCHECK")}
    asked |= {"token": TOKEN, "scratch": str(scratch)}
    shutil.copy(HERE / "tour.py", room / "tour.py")
    inside = [".venv/bin/python", str(room / "tour.py"), json.dumps(asked)]
    unshare = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    done = subprocess.run(
        [*unshare, str(HERE / "enter.sh"), str(user), *inside],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    if "Operation not permitted" in done.stderr and done.returncode:
        pytest.skip(f"no room like a container's may be made here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout[-1_000:] + done.stderr[-3_000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def as_promised(found: dict[str, Any]) -> None:
    assert (found["user"], found["capabilities"]) == (10001, 0)
    assert (found["tree"], found["root"]) == ("EROFS", "EROFS")
    assert found["unhealthy_before"]
    assert found["without_token"] == 401
    assert (found["status"], found["exit"]) == ("finished", 0)
    assert found["total_reqs"] == found["received"] > 0


@pytest.mark.k6
def test_a_test_runs_as_the_images_user_on_a_read_only_root(room: Path, k6_bin: Path) -> None:
    assert (ROOT / "bin" / "k6").exists(), f"the image has its own; here it is {k6_bin}"
    as_promised(tour(ROOT, room))


@pytest.mark.long
@pytest.mark.k6
def test_what_the_build_makes_of_a_bare_copy_runs_too(room: Path) -> None:
    tree = room / "app"
    ignored = (ROOT / ".dockerignore").read_text().split()
    shutil.copytree(ROOT, tree, symlinks=True, ignore=lambda at, names: _left_out(Path(at), names, ignored))
    run = said("RUN").replace("/data", str(room / "made"))
    done = subprocess.run(["sh", "-ec", run], cwd=tree, capture_output=True, text=True, timeout=1_500)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    assert (room / "made" / "endpoints.json").exists()
    assert not (tree / ".tools").exists()
    as_promised(tour(tree, room))


def _left_out(at: Path, names: list[str], ignored: list[str]) -> set[str]:
    relative = {name: str((at / name).relative_to(ROOT)) for name in names}
    return {
        name
        for name, path in relative.items()
        if any(path == rule or ("**" in rule and fnmatch(name, rule[3:])) for rule in ignored)
    }
