"""The official k6 release, believed only when its published checksum agrees."""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.k6_version import accept
from dashboard.setup.place import Place

VERSION = "v2.2.0"
RELEASES = "https://github.com/grafana/k6/releases/download"
CONNECT_S = 5.0
WHOLE_S = 180.0
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class NoRelease(Exception):
    """The release cannot be had here; the message says why."""


def download(place: Place, console: SetupConsole) -> None:
    """Put the release into `bin/k6`, or raise `NoRelease`."""
    name = archive_name(sys.platform, platform.machine())
    base = f"{place.setting('K6_RELEASES') or RELEASES}/{VERSION}"
    console.say(f"k6: looking for the official release {VERSION}")
    wanted = checksum(fetch(f"{base}/k6-{VERSION}-checksums.txt").decode("ascii", "replace"), name)
    archive = fetch(f"{base}/{name}")
    if hashlib.sha256(archive).hexdigest() != wanted:
        raise NoRelease(f"{name} does not have the checksum that was published for it")
    folder = place.tools / "k6-release"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        accept(place, unpack(archive, name, folder))
    finally:
        shutil.rmtree(folder)


def archive_name(system: str, machine: str) -> str:
    arch = MACHINES.get(machine.lower())
    if arch is None:
        raise NoRelease(f"there is none for {machine}")
    return f"k6-{VERSION}-macos-{arch}.zip" if system == "darwin" else f"k6-{VERSION}-linux-{arch}.tar.gz"


def checksum(listing: str, name: str) -> str:
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[1].lstrip("*") == name:
            return parts[0].lower()
    raise NoRelease(f"no checksum is published for {name}")


def fetch(url: str) -> bytes:
    """The body of a URL: quick to give up when nothing answers, and never without an end."""
    end = time.monotonic() + WHOLE_S
    parts = []
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_S) as answer:  # noqa: S310
            while part := answer.read(1 << 20):
                parts.append(part)
                if time.monotonic() > end:
                    raise NoRelease(f"the download took more than {WHOLE_S:.0f} s")
    except urllib.error.HTTPError as error:
        error.close()
        raise NoRelease(f"the server answered {error.code}") from None
    except (OSError, ValueError) as error:
        raise NoRelease(str(getattr(error, "reason", error))) from None
    return b"".join(parts)


def unpack(archive: bytes, name: str, folder: Path) -> Path:
    """Take the one file named k6 out of the archive."""
    packed = folder / name
    packed.write_bytes(archive)
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(packed) as zipped:
                member = next(n for n in zipped.namelist() if n.rpartition("/")[2] == "k6")
                content = zipped.read(member)
        else:
            with tarfile.open(packed) as tarred:
                file = tarred.extractfile(next(n for n in tarred.getnames() if n.rpartition("/")[2] == "k6"))
                content = file.read() if file else b""
    except (tarfile.TarError, zipfile.BadZipFile, StopIteration):
        raise NoRelease(f"there is no k6 in {name}") from None
    new = folder / "k6"
    new.write_bytes(content)
    return new
