"""Two quick steps: the initial endpoints file, and compiled bytecode for a fast start."""

from __future__ import annotations

import os

from dashboard.setup.checkout import Checkout, files_below, fingerprint
from dashboard.setup.console import SetupConsole


class EndpointsFileStep:
    """`k6/config/endpoints.json`, copied once from the example; after that the file belongs to the user."""

    title = "The initial k6/config/endpoints.json"
    expected_time = "less than 1 s"

    def __init__(self, checkout: Checkout) -> None:
        self.file = checkout.root / "k6" / "config" / "endpoints.json"
        self.example = self.file.with_name("endpoints.example.json")

    def is_done(self) -> bool:
        return self.file.exists() or not self.example.exists()

    def run(self, console: SetupConsole) -> None:  # noqa: ARG002
        new = self.file.with_name(".endpoints.json.new")
        new.write_bytes(self.example.read_bytes())
        new.replace(self.file)


class BytecodeStep:
    """Compiled modules, even where PYTHONDONTWRITEBYTECODE keeps Python from writing them."""

    title = "Bytecode"
    expected_time = "1 s"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.stamp = checkout.stamp("bytecode")

    def is_done(self) -> bool:
        return self.stamp.read() == self.input_fingerprint()

    def input_fingerprint(self) -> str:
        sources = files_below(self.checkout.root / "dashboard", exclude=("ui", "static", "__pycache__"))
        stats = [(str(path), path.stat()) for path in sources if path.suffix == ".py"]
        listing = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
        return fingerprint(os.path.realpath(self.checkout.python), listing)

    def run(self, console: SetupConsole) -> None:
        input_fingerprint = self.input_fingerprint()
        command = [self.checkout.python, "-m", "compileall", "-q", "-x", "/(ui|static)/", "dashboard"]
        failure = "The program's own files could not be compiled"
        env, root = self.checkout.environ, self.checkout.root
        console.run_tool(failure, command, log="bytecode", env=env, cwd=root)
        self.stamp.write(input_fingerprint)
