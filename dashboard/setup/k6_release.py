"""The official k6 release, used only if it matches its published checksum."""

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

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.k6_version import accept

VERSION = "v2.2.0"
RELEASES = "https://github.com/grafana/k6/releases/download"
CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 180.0
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class ReleaseUnavailable(Exception):
    """The release cannot be downloaded; the message gives the reason."""


def install_release(checkout: Checkout, console: SetupConsole) -> None:
    """Install the release as `bin/k6`. Raises ReleaseUnavailable."""
    name = archive_name(sys.platform, platform.machine())
    base = f"{checkout.setting('K6_RELEASES') or RELEASES}/{VERSION}"
    console.print_line(f"k6: downloading the official release {VERSION}")
    expected = checksum(fetch(f"{base}/k6-{VERSION}-checksums.txt").decode("ascii", "replace"), name)
    archive = fetch(f"{base}/{name}")
    if hashlib.sha256(archive).hexdigest() != expected:
        raise ReleaseUnavailable(f"{name} does not match its published checksum")
    folder = checkout.tools / "k6-release"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        accept(checkout, unpack(archive, name, folder))
    finally:
        shutil.rmtree(folder)


def archive_name(system: str, machine: str) -> str:
    arch = MACHINES.get(machine.lower())
    if arch is None:
        raise ReleaseUnavailable(f"no release exists for {machine}")
    return f"k6-{VERSION}-macos-{arch}.zip" if system == "darwin" else f"k6-{VERSION}-linux-{arch}.tar.gz"


def checksum(listing: str, name: str) -> str:
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) == 2 and parts[1].lstrip("*") == name:
            return parts[0].lower()
    raise ReleaseUnavailable(f"no checksum is published for {name}")


def fetch(url: str) -> bytes:
    """Return the body of a URL, with a short connect timeout and a limit on the total time."""
    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    parts = []
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_TIMEOUT_S) as response:  # noqa: S310
            while part := response.read(1 << 20):
                parts.append(part)
                if time.monotonic() > deadline:
                    raise ReleaseUnavailable(f"the download took more than {TOTAL_TIMEOUT_S:.0f} s")
    except urllib.error.HTTPError as error:
        error.close()
        raise ReleaseUnavailable(f"the server responded with {error.code}") from None
    except (OSError, ValueError) as error:
        raise ReleaseUnavailable(str(getattr(error, "reason", error))) from None
    return b"".join(parts)


def unpack(archive: bytes, name: str, folder: Path) -> Path:
    """Extract the file named k6 from the archive."""
    packed = folder / name
    packed.write_bytes(archive)
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(packed) as zip_file:
                member = next(n for n in zip_file.namelist() if n.rpartition("/")[2] == "k6")
                content = zip_file.read(member)
        else:
            with tarfile.open(packed) as tar_file:
                member = next(n for n in tar_file.getnames() if n.rpartition("/")[2] == "k6")
                file = tar_file.extractfile(member)
                content = file.read() if file else b""
    except (tarfile.TarError, zipfile.BadZipFile, StopIteration):
        raise ReleaseUnavailable(f"{name} contains no k6") from None
    new = folder / "k6"
    new.write_bytes(content)
    return new
