"""Keycloak for the tests: $KEYCLOAK_HOME, an unpacked one, or one fetched through Maven where a JDK is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from dashboard.setup.checkout import Checkout, replace_folder
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import SetupError

VERSION = "26.0.8"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
MIN_JAVA = 17


def find_keycloak(checkout: Checkout, console: SetupConsole, cache: Path, *, install: bool) -> Path | None:
    """Return the folder of Keycloak. If none is available, print the reason and return None."""
    configured = checkout.environ.get("KEYCLOAK_HOME")
    unpacked = cache / f"keycloak-{VERSION}"
    if configured or (unpacked / "bin" / "kc.sh").exists() or not install:
        home = Path(configured) if configured else unpacked
        return home if (home / "bin" / "kc.sh").exists() else None
    try:
        fetch(checkout, console, unpacked)
    except SetupError as error:
        console.print_line(str(error))
        return None
    return unpacked


def fetch(checkout: Checkout, console: SetupConsole, unpacked: Path) -> None:
    """Fetch through Maven, which knows the user's mirrors and proxies. Raises SetupError."""
    failure = "Keycloak could not be fetched"
    maven = shutil.which("mvn", path=checkout.environ.get("PATH", ""))
    if not maven or not has_java(checkout):
        missing = f"a JDK of version {MIN_JAVA} or newer" if maven else "Maven (mvn)"
        raise SetupError(failure, f"{missing} is missing", "Install it for the tests with a real Keycloak")
    console.begin(f"Keycloak {VERSION} for the tests", "30 s, once")
    new = unpacked.with_name(f"{unpacked.name}.new.{os.getpid()}")
    new.mkdir(parents=True)
    try:
        copy = [maven, "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={new}"]
        console.run_tool(failure, copy, log="keycloak-fetch", env=checkout.environ, cwd=new)
        unpack(failure, new)
        prepare = [new / f"keycloak-{VERSION}" / "bin" / "kc.sh", "build", "--db=dev-mem"]
        failure = "Keycloak could not be prepared"
        console.run_tool(failure, prepare, log="keycloak-build", env=checkout.environ, cwd=new)
        replace_folder(new / f"keycloak-{VERSION}", unpacked)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    console.end()


def unpack(failure: str, folder: Path) -> None:
    """Unpack the archive in `folder` and make its scripts executable."""
    import zipfile

    try:
        archive = next(folder.glob("*.zip"))
        with zipfile.ZipFile(archive) as zip_file:
            zip_file.extractall(folder)
        for script in (folder / f"keycloak-{VERSION}" / "bin").glob("*.sh"):
            script.chmod(0o755)
    except (OSError, StopIteration, zipfile.BadZipFile) as error:
        raise SetupError(failure, f"its archive cannot be unpacked ({error})", "Free some space") from None


def has_java(checkout: Checkout) -> bool:
    home = checkout.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java", path=checkout.environ.get("PATH", ""))
    if not java:
        return False
    try:
        result = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    match = re.search(r'version "(\d+)', result.stderr)
    return match is not None and int(match[1]) >= MIN_JAVA
