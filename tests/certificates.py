"""Certificates of an authority of our own, made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "rsa:2048", "-nodes")


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def an_authority(folder: Path, name: str = "authority") -> Pair:
    pair = Pair(folder / f"{name}.pem", folder / f"{name}.key")
    openssl(
        "req",
        "-x509",
        *KEY,
        "-days",
        "1",
        "-subj",
        f"/CN={name}",
        "-keyout",
        pair.key,
        "-out",
        pair.certificate,
    )
    return pair


def signed(authority: Pair, folder: Path, name: str) -> Pair:
    """A certificate for the host `name` (and 127.0.0.1), which can be a client's too."""
    pair, request, more = Pair(folder / f"{name}.pem", folder / f"{name}.key"), folder / "csr", folder / "ext"
    more.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    openssl("req", "-new", *KEY, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
    by = ("-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial")
    openssl("x509", "-req", "-in", request, *by, "-days", "1", "-extfile", more, "-out", pair.certificate)
    return pair
