"""Finds a suitable k6 ($K6_BIN, bin/k6 or on PATH), or installs the official release, or builds k6 from source."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError
from dashboard.setup.k6_version import REQUIRED, UnsuitableK6, read_version


class K6Step:
    """Runs `k6 version` once for each candidate, and again only after its file has changed."""

    title = "k6"
    expected_time = "10 s to download, or 2 to 4 minutes to build"

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.stamp = checkout.stamp("k6")

    def is_done(self) -> bool:
        return self.find_accepted() is not None

    def find_accepted(self) -> Path | None:
        """Return the k6 that the last setup accepted, unless a candidate before it is new or has changed."""
        try:
            suitability = json.loads(self.stamp.read() or "{}")
        except ValueError:
            return None
        for path in self.candidates():
            identity, is_suitable = suitability.get(str(path), ("", False))
            if identity != file_identity(path):
                return None
            if is_suitable:
                return path
        return None

    def configured_path(self) -> Path | None:
        """Return the k6 that K6_BIN names."""
        name = os.path.expanduser(self.checkout.setting("K6_BIN"))
        if name and os.sep not in name:
            name = shutil.which(name, path=self.checkout.environ.get("PATH", "")) or name
        return self.checkout.root / name if name else None

    def candidates(self) -> list[Path]:
        configured = self.configured_path()
        if configured:
            return [configured]
        folders = self.checkout.environ.get("PATH", "").split(os.pathsep)
        on_path = [Path(folder, "k6") for folder in folders if folder]
        return [path for path in (self.checkout.k6, *on_path) if path.is_file()]

    def run(self, console: SetupConsole) -> None:
        self.stamp.clear()
        suitability: dict[str, tuple[str, bool]] = {}
        if not any(self.check(path, suitability, console) for path in self.candidates()):
            self.install(console)
            suitability[str(self.checkout.k6)] = (file_identity(self.checkout.k6), True)
        self.stamp.write(json.dumps(suitability))

    def check(self, path: Path, suitability: dict[str, tuple[str, bool]], console: SetupConsole) -> bool:
        """Return whether this k6 is suitable. Raises SetupError for an unsuitable K6_BIN."""
        result, is_suitable = "", True
        try:
            result = f"is version {read_version(path)}"
        except UnsuitableK6 as reason:
            result, is_suitable = f"{reason}; skipped", False
            if path == self.configured_path():
                raise SetupError(
                    f"K6_BIN is {path}", f"it {reason}", f"Set it to {REQUIRED}, or unset it"
                ) from None
        console.print_line(f"k6: {path} {result}")
        suitability[str(path)] = (file_identity(path), is_suitable)
        return is_suitable

    def install(self, console: SetupConsole) -> None:
        from dashboard.setup.k6_release import ReleaseUnavailable, install_release

        try:
            install_release(self.checkout, console)
        except ReleaseUnavailable as reason:
            from dashboard.setup.k6_build import build

            console.print_line(
                f"k6: the official release is unavailable ({reason}); building from source instead"
            )
            build(self.checkout, console)


def file_identity(path: Path) -> str:
    """Return a text that changes with the content of a file, without reading the content."""
    try:
        stat = path.stat()
    except OSError:
        return "(missing)"
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"
