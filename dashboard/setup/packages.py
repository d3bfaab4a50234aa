"""uv and the Python packages: a `.venv` that holds what a lock file names, every file checked by its hash."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import for_uv
from dashboard.setup.place import Place, fingerprint, swap_in
from dashboard.setup.problem import SetupProblem

OLDEST_UV = (0, 5)
OURS = ".made-by-set-up"


class PythonPackages:
    """`.venv` with the packages of requirements.lock, or with the tests' packages too."""

    title = "Python packages"
    usual = "20 s"

    def __init__(self, place: Place, *, dev: bool = False) -> None:
        self.place = place
        self.stamp = place.stamp("packages")
        self.dev = dev

    def done(self) -> bool:
        made_from = self.stamp.read()
        wanted = (
            {self.made_from(dev=True)} if self.dev else {self.made_from(dev=True), self.made_from(dev=False)}
        )
        return made_from in wanted and os.access(self.place.python, os.X_OK)

    def made_from(self, *, dev: bool) -> str:
        """The resolved interpreter is in it: a `.venv` whose Python was upgraded away is made anew."""
        kind = "dev" if dev else "run"
        return f"{kind}:{fingerprint(self.lock(dev=dev), os.path.realpath(self.place.python))}"

    def lock(self, *, dev: bool) -> Path:
        return self.place.root / ("requirements-dev.lock" if dev else "requirements.lock")

    def make(self, console: SetupConsole) -> None:
        dev = self.dev or self.stamp.read().startswith("dev:")
        self.stamp.clear()
        uv = find_uv(self.place, console)
        env = for_uv(self.place.environ)
        if runs(self.place.python):
            self.install(console, uv, env, self.place.venv, self.lock(dev=dev))
        else:
            self.make_venv(console, uv, env, self.lock(dev=dev))
        self.stamp.write(self.made_from(dev=dev))

    def make_venv(self, console: SetupConsole, uv: Path, env: dict[str, str], lock: Path) -> None:
        """Made beside its place and moved in when whole; `--relocatable` lets its scripts move along."""
        venv = self.place.venv
        if venv.exists() and not (venv / OURS).exists():
            why = "its Python does not run, and it was not made by this set-up"
            raise SetupProblem(f"{venv} cannot be used", why, "Move it away")
        new = venv.with_name(".venv.new")
        shutil.rmtree(new, ignore_errors=True)
        make = [uv, "venv", "--relocatable", "--python", sys.executable, new]
        console.run(
            "The Python environment could not be made", make, log="venv", env=env, cwd=self.place.root
        )
        (new / OURS).touch()
        self.install(console, uv, env, new, lock)
        swap_in(new, venv)

    def install(self, console: SetupConsole, uv: Path, env: dict[str, str], venv: Path, lock: Path) -> None:
        """An environment that somebody made by hand is added to, never cleaned."""
        how = ["sync"] if (venv / OURS).exists() else ["install", "-r"]
        command = [
            uv,
            "pip",
            *how,
            lock,
            "--python",
            venv / "bin" / "python",
            "--require-hashes",
            "--compile-bytecode",
        ]
        what = "The Python packages could not be installed"
        console.run(what, command, log="packages", env=env, cwd=self.place.root)


def runs(python: Path) -> bool:
    """Whether the environment's interpreter starts and is new enough."""
    try:
        check = "import sys; sys.exit(sys.version_info < (3, 11))"
        return (
            subprocess.run([python, "-c", check], capture_output=True, timeout=30, check=False).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False


def find_uv(place: Place, console: SetupConsole) -> Path:
    """The uv on PATH, the one fetched earlier, or a fresh one from the package index."""
    on_path = shutil.which("uv", path=place.environ.get("PATH", ""))
    if on_path and uv_version(on_path) >= OLDEST_UV:
        return Path(on_path)
    lock = place.root / "tools" / "locks" / "uv.lock"
    stamp = place.stamp("uv")
    uv = place.tools / "uv" / "bin" / "uv"
    if stamp.read() != fingerprint(lock) or not os.access(uv, os.X_OK):
        stamp.clear()
        fetch_uv(place, console, lock)
        stamp.write(fingerprint(lock))
    return uv


def uv_version(uv: str) -> tuple[int, ...]:
    try:
        said = subprocess.run(
            [uv, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.match(r"uv (\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def fetch_uv(place: Place, console: SetupConsole, lock: Path) -> None:
    new = place.tools / "uv.new"
    shutil.rmtree(new, ignore_errors=True)
    python = python_with_pip(place, console)
    command = [
        python,
        "-m",
        "pip",
        "install",
        "--target",
        new,
        "--no-deps",
        "--require-hashes",
        "-r",
        lock,
    ]
    what = "uv, which installs the Python packages, could not be fetched"
    console.run(what, command, log="uv", env=place.environ, cwd=place.root)
    swap_in(new, place.tools / "uv")
    shutil.rmtree(place.tools / "pip", ignore_errors=True)


def python_with_pip(place: Place, console: SetupConsole) -> Path:
    """This Python's pip, or one in an environment of its own; a bare Debian has neither."""
    if has_module(place, "pip"):
        return Path(sys.executable)
    folder = place.tools / "pip"
    shutil.rmtree(folder, ignore_errors=True)
    what = "pip, which fetches uv, could not be had"
    make = [sys.executable, "-m", "venv", folder]
    console.run(what, make, log="pip", env=place.environ, cwd=place.root)
    return folder / "bin" / "python"


def has_module(place: Place, name: str) -> bool:
    asked = [sys.executable, "-m", name, "--version"]
    return subprocess.run(asked, env=dict(place.environ), capture_output=True, check=False).returncode == 0
