"""Certificates of a run's network as the standard library wants them: checked, or put to use."""

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.model.errors import InvalidRequest


def refuse_authority(pem: str) -> None:
    """Raises InvalidRequest when it is no certificate."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise InvalidRequest.field(
            "network.ca_certificate",
            "must be one or more certificates as PEM text: -----BEGIN CERTIFICATE-----",
        ) from None


def refuse_pair(certificate: str, key: str) -> None:
    """Raises InvalidRequest when they are no certificate and its key."""
    try:
        _load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate, key)
    except (ssl.SSLError, ValueError, OSError) as error:
        if "MISMATCH" in str(error):
            raise InvalidRequest.field("network.client_key", "is not the key of the certificate") from None
        words = "must be a certificate and its key as PEM text, the key not encrypted"
        raise InvalidRequest.field("network.client_certificate", words) from None


def tls_of(network: Mapping[str, Any], client_key: str | None, *, verify: bool) -> ssl.SSLContext:
    """What a connection of the run believes and shows."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if "ca_certificate" in network:
        context.load_verify_locations(cadata=str(network["ca_certificate"]))
    if client_key is not None:
        _load_pair(context, str(network["client_certificate"]), client_key)
    return context


def _load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """The library reads files only: they stand in a folder of ours alone for as long as that takes."""
    with tempfile.TemporaryDirectory(prefix="k6-dashboard-") as folder:
        paths = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        for path, text in zip(paths, (certificate, key), strict=True):
            path.touch(0o600)
            path.write_text(text, "utf-8")
        context.load_cert_chain(*paths, password="")
