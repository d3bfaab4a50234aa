"""The certificates of a run's network options: checked, and loaded into a TLS context."""

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard.model.errors import InvalidRequest


def check_authority(pem: str) -> None:
    """Check the certificate of a certificate authority. Raises InvalidRequest."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=_to_ascii(pem))
    except (ssl.SSLError, ValueError):
        raise InvalidRequest.field(
            "network.ca_certificate",
            "must be one or more certificates in PEM format (-----BEGIN CERTIFICATE-----)",
        ) from None


def check_certificate_and_key(certificate: str, key: str) -> None:
    """Check that `key` is the private key of `certificate`. Raises InvalidRequest."""
    try:
        _load_client_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate, key)
    except (ssl.SSLError, ValueError, OSError) as error:
        if "MISMATCH" in str(error):
            raise InvalidRequest.field("network.client_key", "does not match the certificate") from None
        message = "must be a certificate with an unencrypted key, both in PEM format"
        raise InvalidRequest.field("network.client_certificate", message) from None


def tls_context(network: Mapping[str, Any], client_key: str | None, *, verify: bool) -> ssl.SSLContext:
    """Return the TLS context of a connection with these network options."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if "ca_certificate" in network:
        context.load_verify_locations(cadata=_to_ascii(str(network["ca_certificate"])))
    if client_key is not None:
        _load_client_certificate(context, str(network["client_certificate"]), client_key)
    return context


def _to_ascii(pem: str) -> str:
    """Replace non-ASCII characters: the ssl module rejects them. Only comments around a certificate contain them."""
    return pem.encode("ascii", "replace").decode("ascii")


def _load_client_certificate(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Load both from temporary files, because the ssl module accepts only files. Only this user can read them."""
    with tempfile.TemporaryDirectory(prefix="k6-dashboard-") as folder:
        paths = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        for path, text in zip(paths, (certificate, key), strict=True):
            path.touch(0o600)
            path.write_text(text, "utf-8")
        context.load_cert_chain(*paths, password="")
