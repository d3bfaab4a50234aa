"""Finds a k6 that will do: `$K6_BIN`, `bin/k6`, one on PATH; else gets the official release or builds it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.k6_version import WANTED, UnfitK6, version
from dashboard.setup.place import Place
from dashboard.setup.problem import SetupProblem


class K6:
    """A k6 that was asked for its version; asked again only when the file changes."""

    title = "k6"
    usual = "10 s to download, or 2 to 4 minutes to build"

    def __init__(self, place: Place) -> None:
        self.place = place
        self.stamp = place.stamp("k6")

    def done(self) -> bool:
        return self.found() is not None

    def found(self) -> Path | None:
        """The first candidate that the last set-up accepted, if nothing before it is new or changed."""
        try:
            judged = json.loads(self.stamp.read() or "{}")
        except ValueError:
            return None
        for path in self.candidates():
            seen, good = judged.get(str(path), ("", False))
            if seen != identity(path):
                return None
            if good:
                return path
        return None

    def asked_for(self) -> Path | None:
        named = os.path.expanduser(self.place.setting("K6_BIN"))
        if named and os.sep not in named:
            named = shutil.which(named, path=self.place.environ.get("PATH", "")) or named
        return self.place.root / named if named else None

    def candidates(self) -> list[Path]:
        asked_for = self.asked_for()
        if asked_for:
            return [asked_for]
        folders = self.place.environ.get("PATH", "").split(os.pathsep)
        on_path = [Path(folder, "k6") for folder in folders if folder]
        return [path for path in (self.place.k6, *on_path) if path.is_file()]

    def make(self, console: SetupConsole) -> None:
        self.stamp.clear()
        judged: dict[str, tuple[str, bool]] = {}
        if not any(self.judge(path, judged, console) for path in self.candidates()):
            self.get(console)
            judged[str(self.place.k6)] = (identity(self.place.k6), True)
        self.stamp.write(json.dumps(judged))

    def judge(self, path: Path, judged: dict[str, tuple[str, bool]], console: SetupConsole) -> bool:
        """Whether this k6 will do; what is wrong with it is said, and fatal only where it was asked for."""
        words, good = "", True
        try:
            words = f"is version {version(path)}"
        except UnfitK6 as unfit:
            words, good = f"{unfit}; passing it over", False
            if path == self.asked_for():
                raise SetupProblem(
                    f"K6_BIN is {path}", f"it {unfit}", f"Name {WANTED}, or leave it out"
                ) from None
        console.say(f"k6: {path} {words}")
        judged[str(path)] = (identity(path), good)
        return good

    def get(self, console: SetupConsole) -> None:
        from dashboard.setup.k6_release import NoRelease, download

        try:
            download(self.place, console)
        except NoRelease as no:
            from dashboard.setup.k6_build import build

            console.say(f"k6: the official release is not to be had ({no}); building it from source instead")
            build(self.place, console)


def identity(path: Path) -> str:
    """A name for the file's content that costs no reading."""
    try:
        stat = path.stat()
    except OSError:
        return "(missing)"
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"
