"""uv and the Python packages: a `.venv` with the packages of a lock file, each verified by its hash."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from dashboard.setup.checkout import Checkout, fingerprint, replace_folder
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import uv_environment
from dashboard.setup.error import SetupError

MIN_UV = (0, 5)
OWNERSHIP_FILE = ".made-by-set-up"


class PythonPackagesStep:
    """`.venv` with the packages of requirements.lock, or of requirements-dev.lock for the tests."""

    title = "Python packages"
    expected_time = "20 s"

    def __init__(self, checkout: Checkout, *, dev: bool = False) -> None:
        self.checkout = checkout
        self.stamp = checkout.stamp("packages")
        self.dev = dev

    def is_done(self) -> bool:
        accepted = {self.input_fingerprint(dev=True)}
        if not self.dev:
            accepted.add(self.input_fingerprint(dev=False))
        return self.stamp.read() in accepted and os.access(self.checkout.python, os.X_OK)

    def input_fingerprint(self, *, dev: bool) -> str:
        """Return the fingerprint of the lock file and the interpreter.

        It changes when a system upgrade removes the interpreter, so that `.venv` is created again.
        """
        kind = "dev" if dev else "run"
        return f"{kind}:{fingerprint(self.lock(dev=dev), os.path.realpath(self.checkout.python))}"

    def lock(self, *, dev: bool) -> Path:
        return self.checkout.root / ("requirements-dev.lock" if dev else "requirements.lock")

    def run(self, console: SetupConsole) -> None:
        dev = self.dev or self.stamp.read().startswith("dev:")
        self.stamp.clear()
        uv = find_uv(self.checkout, console)
        env = uv_environment(self.checkout.environ)
        if is_usable(self.checkout.python):
            self.install(console, uv, env, self.checkout.venv, self.lock(dev=dev))
        else:
            self.create_venv(console, uv, env, self.lock(dev=dev))
        self.stamp.write(self.input_fingerprint(dev=dev))

    def create_venv(self, console: SetupConsole, uv: Path, env: dict[str, str], lock: Path) -> None:
        """Create `.venv` in a temporary folder and rename it; `--relocatable` keeps its scripts working."""
        venv = self.checkout.venv
        if venv.exists() and not (venv / OWNERSHIP_FILE).exists():
            reason = "its Python does not run, and this setup did not create it"
            raise SetupError(f"{venv} cannot be used", reason, "Move it away")
        new = venv.with_name(".venv.new")
        shutil.rmtree(new, ignore_errors=True)
        command = [uv, "venv", "--relocatable", "--python", sys.executable, new]
        failure = "The Python environment could not be created"
        console.run_tool(failure, command, log="venv", env=env, cwd=self.checkout.root)
        (new / OWNERSHIP_FILE).touch()
        self.install(console, uv, env, new, lock)
        replace_folder(new, venv)

    def install(self, console: SetupConsole, uv: Path, env: dict[str, str], venv: Path, lock: Path) -> None:
        """Install the packages. Remove others only from an environment that the setup created."""
        mode = ["sync"] if (venv / OWNERSHIP_FILE).exists() else ["install", "-r"]
        python = venv / "bin" / "python"
        options = ["--python", python, "--require-hashes", "--compile-bytecode"]
        failure = "The Python packages could not be installed"
        command = [uv, "pip", *mode, lock, *options]
        console.run_tool(failure, command, log="packages", env=env, cwd=self.checkout.root)


def is_usable(python: Path) -> bool:
    """Return whether the interpreter starts and is new enough."""
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        result = subprocess.run([python, "-c", code], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0


def find_uv(checkout: Checkout, console: SetupConsole) -> Path:
    """Return the uv on PATH, one that was fetched earlier, or a new one from the package index."""
    on_path = shutil.which("uv", path=checkout.environ.get("PATH", ""))
    if on_path and uv_version(on_path) >= MIN_UV:
        return Path(on_path)
    lock = checkout.root / "tools" / "locks" / "uv.lock"
    stamp = checkout.stamp("uv")
    uv = checkout.tools / "uv" / "bin" / "uv"
    if stamp.read() != fingerprint(lock) or not os.access(uv, os.X_OK):
        stamp.clear()
        fetch_uv(checkout, console, lock)
        stamp.write(fingerprint(lock))
    return uv


def uv_version(uv: str) -> tuple[int, ...]:
    try:
        output = subprocess.run(
            [uv, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.match(r"uv (\d+)\.(\d+)", output)
    return tuple(map(int, match.groups())) if match else (0,)


def fetch_uv(checkout: Checkout, console: SetupConsole, lock: Path) -> None:
    new = checkout.tools / "uv.new"
    shutil.rmtree(new, ignore_errors=True)
    pip = [python_with_pip(checkout, console), "-m", "pip", "install"]
    command = [*pip, "--target", new, "--no-deps", "--require-hashes", "-r", lock]
    failure = "uv, which installs the Python packages, could not be fetched"
    console.run_tool(failure, command, log="uv", env=checkout.environ, cwd=checkout.root)
    replace_folder(new, checkout.tools / "uv")
    shutil.rmtree(checkout.tools / "pip", ignore_errors=True)


def python_with_pip(checkout: Checkout, console: SetupConsole) -> Path:
    """Return this Python if it has pip, otherwise that of a new environment; a minimal Debian has no pip."""
    if has_module(checkout, "pip"):
        return Path(sys.executable)
    folder = checkout.tools / "pip"
    shutil.rmtree(folder, ignore_errors=True)
    failure = "pip, which fetches uv, could not be installed"
    command = [sys.executable, "-m", "venv", folder]
    console.run_tool(failure, command, log="pip", env=checkout.environ, cwd=checkout.root)
    return folder / "bin" / "python"


def has_module(checkout: Checkout, name: str) -> bool:
    command = [sys.executable, "-m", name, "--version"]
    result = subprocess.run(command, env=dict(checkout.environ), capture_output=True, check=False)
    return result.returncode == 0
