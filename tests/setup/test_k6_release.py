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

from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.k6_release import VERSION, ReleaseUnavailable, archive_name, checksum, install_release

K6 = b"#!/bin/sh\necho 'k6 v2.2.0 (go1.26.8, linux/amd64)'\n"
NAME = f"k6-{VERSION}-linux-amd64.tar.gz"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of release files that a loopback server serves."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("sys.platform", "linux")
    folder = tmp_path / "releases" / VERSION
    folder.mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder.parent)))
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


def with_releases(checkout: Checkout, folder: Path) -> Checkout:
    return Checkout(checkout.root, {**checkout.environ, "K6_RELEASES": (folder / "url").read_text()})


def test_a_release_with_its_published_checksum_becomes_bin_k6(
    checkout: Checkout, console: SetupConsole, releases: Path
) -> None:
    publish(releases)
    install_release(with_releases(checkout, releases), console)
    assert checkout.k6.read_bytes() == K6
    assert [path.name for path in checkout.tools.iterdir()] == []


def test_a_release_with_another_checksum_is_rejected(
    checkout: Checkout, console: SetupConsole, releases: Path
) -> None:
    publish(releases, digest="f" * 64)
    with pytest.raises(ReleaseUnavailable, match="does not match its published checksum"):
        install_release(with_releases(checkout, releases), console)
    assert not checkout.k6.exists()


def test_an_archive_without_k6_is_rejected(checkout: Checkout, console: SetupConsole, releases: Path) -> None:
    publish(releases, member="k6-v2.2.0-linux-amd64/README")
    with pytest.raises(ReleaseUnavailable, match="contains no k6"):
        install_release(with_releases(checkout, releases), console)
    assert not checkout.k6.exists()


def test_a_missing_release_is_unavailable(checkout: Checkout, console: SetupConsole, releases: Path) -> None:
    with pytest.raises(ReleaseUnavailable, match="responded with 404"):
        install_release(with_releases(checkout, releases), console)


def test_an_unreachable_server_is_unavailable(checkout: Checkout, console: SetupConsole) -> None:
    unreachable = Checkout(checkout.root, {**checkout.environ, "K6_RELEASES": "http://127.0.0.1:9"})
    with pytest.raises(ReleaseUnavailable, match="refused"):
        install_release(unreachable, console)


def test_every_system_has_its_archive() -> None:
    assert archive_name("linux", "aarch64") == f"k6-{VERSION}-linux-arm64.tar.gz"
    assert archive_name("darwin", "arm64") == f"k6-{VERSION}-macos-arm64.zip"
    with pytest.raises(ReleaseUnavailable, match="riscv64"):
        archive_name("linux", "riscv64")


def test_a_file_without_a_published_checksum_is_unavailable() -> None:
    with pytest.raises(ReleaseUnavailable, match="no checksum"):
        checksum("abc  other.tar.gz\n", NAME)
