"""Certificates of a temporary authority, created with openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "rsa:2048", "-nodes")


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of a certificate and its key."""

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


def issue_certificate(authority: Pair, folder: Path, name: str) -> Pair:
    """Issue a certificate for the host `name` and 127.0.0.1. A client can also use it."""
    pair, request, extensions = (
        Pair(folder / f"{name}.pem", folder / f"{name}.key"),
        folder / "csr",
        folder / "ext",
    )
    extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    openssl("req", "-new", *KEY, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
    issuer = ("-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial")
    openssl(
        "x509",
        "-req",
        "-in",
        request,
        *issuer,
        "-days",
        "1",
        "-extfile",
        extensions,
        "-out",
        pair.certificate,
    )
    return pair
