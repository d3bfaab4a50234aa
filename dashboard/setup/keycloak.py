"""A Keycloak for the tests: `$KEYCLOAK_HOME`, one unpacked earlier; else fetched through Maven, where a JDK is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from dashboard.setup.console import SetupConsole
from dashboard.setup.place import Place, swap_in
from dashboard.setup.problem import SetupProblem

VERSION = "26.0.8"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
OLDEST_JAVA = 17


def find_keycloak(place: Place, console: SetupConsole, cache: Path, *, install: bool) -> Path | None:
    """Its folder, or None and a word about it: its tests then skip."""
    named = place.environ.get("KEYCLOAK_HOME")
    unpacked = cache / f"keycloak-{VERSION}"
    if named or (unpacked / "bin" / "kc.sh").exists() or not install:
        found = Path(named) if named else unpacked
        return found if (found / "bin" / "kc.sh").exists() else None
    try:
        fetch(place, console, unpacked)
    except SetupProblem as problem:
        console.say(str(problem))
        return None
    return unpacked


def fetch(place: Place, console: SetupConsole, unpacked: Path) -> None:
    """Maven knows the mirrors and proxies of its user; it is unpacked beside its place and moved when whole."""
    what = "Keycloak could not be fetched"
    maven = shutil.which("mvn", path=place.environ.get("PATH", ""))
    if not maven or not has_java(place):
        lacking = f"JDK of version {OLDEST_JAVA} or newer" if maven else "Maven (mvn)"
        raise SetupProblem(what, f"there is no {lacking}", "Install it for the tests against a real Keycloak")
    console.begin(f"Keycloak {VERSION} for the tests", "30 s, once")
    new = unpacked.with_name(f"{unpacked.name}.new.{os.getpid()}")
    new.mkdir(parents=True)
    try:
        copy = [maven, "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={new}"]
        console.run(what, copy, log="keycloak-fetch", env=place.environ, cwd=new)
        unpack(what, new)
        prepare = [new / f"keycloak-{VERSION}" / "bin" / "kc.sh", "build", "--db=dev-mem"]
        console.run(
            "Keycloak could not be prepared", prepare, log="keycloak-build", env=place.environ, cwd=new
        )
        swap_in(new / f"keycloak-{VERSION}", unpacked)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    console.end()


def unpack(what: str, folder: Path) -> None:
    """The archive in `folder`, with the scripts made executable again."""
    try:
        archive = next(folder.glob("*.zip"))
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        for script in (folder / f"keycloak-{VERSION}" / "bin").glob("*.sh"):
            script.chmod(0o755)
    except (OSError, StopIteration, zipfile.BadZipFile) as error:
        raise SetupProblem(what, f"its archive cannot be unpacked ({error})", "Free some space") from None


def has_java(place: Place) -> bool:
    home = place.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java", path=place.environ.get("PATH", ""))
    if not java:
        return False
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.search(r'version "(\d+)', said.stderr)
    return version is not None and int(version[1]) >= OLDEST_JAVA
