from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboard.setup.console import SetupConsole
from dashboard.setup.k6_release import VERSION, NoRelease, archive_name, checksum, download
from dashboard.setup.place import Place

K6 = b"#!/bin/sh\necho 'k6 v2.2.0 (go1.26.8, linux/amd64)'\n"
NAME = f"k6-{VERSION}-linux-amd64.tar.gz"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of release files that a server on loopback gives out."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    folder = tmp_path / "releases" / VERSION
    folder.mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    (folder / "url").write_text(f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def publish(folder: Path, *, digest: str | None = None, member: str = "k6-v2.2.0-linux-amd64/k6") -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(K6)
        archive.addfile(entry, io.BytesIO(K6))
    (folder / NAME).write_bytes(packed.getvalue())
    digest = digest or hashlib.sha256(packed.getvalue()).hexdigest()
    (folder / f"k6-{VERSION}-checksums.txt").write_text(f"{'0' * 64}  other.zip\n{digest}  {NAME}\n")


def reached(place: Place, folder: Path) -> Place:
    return Place(place.root, {**place.environ, "K6_RELEASES": (folder / "url").read_text()})


def test_a_release_with_its_published_checksum_becomes_bin_k6(
    place: Place, console: SetupConsole, releases: Path
) -> None:
    publish(releases)
    download(reached(place, releases), console)
    assert place.k6.read_bytes() == K6
    assert [path.name for path in place.tools.iterdir()] == []


def test_a_release_with_another_checksum_is_not_used(place: Place, console: SetupConsole, releases: Path) -> None:
    publish(releases, digest="f" * 64)
    with pytest.raises(NoRelease, match="does not have the checksum"):
        download(reached(place, releases), console)
    assert not place.k6.exists()


def test_an_archive_without_k6_is_not_used(place: Place, console: SetupConsole, releases: Path) -> None:
    publish(releases, member="k6-v2.2.0-linux-amd64/README")
    with pytest.raises(NoRelease, match="there is no k6 in"):
        download(reached(place, releases), console)
    assert not place.k6.exists()


def test_a_server_that_has_no_such_release_is_no_release(
    place: Place, console: SetupConsole, releases: Path
) -> None:
    with pytest.raises(NoRelease, match="answered 404"):
        download(reached(place, releases), console)


def test_nothing_listening_is_no_release(place: Place, console: SetupConsole) -> None:
    unreachable = Place(place.root, {**place.environ, "K6_RELEASES": "http://127.0.0.1:9"})
    with pytest.raises(NoRelease, match="refused"):
        download(unreachable, console)


def test_each_system_has_its_archive() -> None:
    assert archive_name("linux", "aarch64") == f"k6-{VERSION}-linux-arm64.tar.gz"
    assert archive_name("darwin", "arm64") == f"k6-{VERSION}-macos-arm64.zip"
    with pytest.raises(NoRelease, match="riscv64"):
        archive_name("linux", "riscv64")


def test_a_file_without_a_published_checksum_is_no_release() -> None:
    with pytest.raises(NoRelease, match="no checksum"):
        checksum("abc  other.tar.gz\n", NAME)
