"""The small steps: the first configuration file, and bytecode, so that a start is quick."""

from __future__ import annotations

import os

from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place, files_below, fingerprint


class Endpoints:
    """`k6/config/endpoints.json`, made once from the example and the user's from then on."""

    title = "A first k6/config/endpoints.json"
    usual = "no time"

    def __init__(self, place: Place) -> None:
        self.file = place.root / "k6" / "config" / "endpoints.json"
        self.example = self.file.with_name("endpoints.example.json")

    def done(self) -> bool:
        return self.file.exists() or not self.example.exists()

    def make(self, console: SetupConsole) -> None:  # noqa: ARG002
        new = self.file.with_name(".endpoints.json.new")
        new.write_bytes(self.example.read_bytes())
        new.replace(self.file)


class Bytecode:
    """Compiled modules, also where PYTHONDONTWRITEBYTECODE keeps Python from leaving them behind itself."""

    title = "Bytecode"
    usual = "1 s"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.stamp = place.stamp("bytecode")

    def done(self) -> bool:
        return self.stamp.read() == self.made_from()

    def made_from(self) -> str:
        sources = files_below(self.place.root / "dashboard", leave_out=("ui", "static", "__pycache__"))
        stats = [(str(path), path.stat()) for path in sources if path.suffix == ".py"]
        seen = "\n".join(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats)
        return fingerprint(os.path.realpath(self.place.python), seen)

    def make(self, console: SetupConsole) -> None:
        made_from = self.made_from()
        command = [self.place.python, "-m", "compileall", "-q", "-x", "/(ui|static)/", "dashboard"]
        what = "The program's own files could not be compiled"
        console.run(what, command, log="bytecode", env=self.place.environ, cwd=self.place.root)
        self.stamp.write(made_from)
