"""Network settings of a run, split into script variables, k6's environment and certificate files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

CA_FILE, CLIENT_CERTIFICATE_FILE = "ca.pem", "client.pem"
PROXY_PASSWORD = "@PROXY_PASSWORD@"  # the runner replaces this placeholder
SCRIPT_KEYS = ("timeout", "redirects", "verify_tls", "reuse_connections", "hosts")


def network_variables(network: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return the script's variables. The script reads the client key from the secret source."""
    settings = {name: network[name] for name in SCRIPT_KEYS if name in network}
    variables = {"NETWORK": json.dumps(settings, separators=(",", ":"))} if settings else {}
    if "client_certificate" in network:
        variables["CLIENT_CERTIFICATE_FILE"] = str(folder / CLIENT_CERTIFICATE_FILE)
    return variables


def proxy_and_ca_environment(network: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return k6's environment. Go never sends requests to loopback, such as pushes, through a proxy."""
    variables = {"SSL_CERT_FILE": str(folder / CA_FILE)} if "ca_certificate" in network else {}
    proxy = proxy_address(network, PROXY_PASSWORD)
    return variables | ({"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy} if proxy else {})


def proxy_address(network: Mapping[str, Any], password: str) -> str | None:
    """Return the proxy URL with its user and `password`, which is inserted unescaped."""
    proxy, user = network.get("proxy"), network.get("proxy_user")
    if not proxy or not user:
        return proxy
    scheme, _, address = str(proxy).partition("://")
    return f"{scheme}://{quote(str(user), safe='')}:{password}@{address}"


def network_files(network: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, bytes]:
    """Return certificate files by name. A given CA is trusted in addition to those of the environment."""
    files = {}
    if "ca_certificate" in network:
        inherited = environment.get("SSL_CERT_FILE")
        known = Path(inherited).read_bytes() + b"\n" if inherited and Path(inherited).is_file() else b""
        files[CA_FILE] = known + network["ca_certificate"].encode()
    if "client_certificate" in network:
        files[CLIENT_CERTIFICATE_FILE] = network["client_certificate"].encode()
    return files
