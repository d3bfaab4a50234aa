"""How requests travel, in k6's terms: what the script is told, what only k6's environment can say, and files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

CA_FILE, CLIENT_CERTIFICATE_FILE = "ca.pem", "client.pem"
PROXY_PASSWORD = "@PROXY_PASSWORD@"  # filled in by the runner
SCRIPT_KEYS = ("timeout", "redirects", "verify_tls", "reuse_connections", "hosts")


def network_variables(network: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """For the script. The client's key comes from the secret source."""
    told = {name: network[name] for name in SCRIPT_KEYS if name in network}
    variables = {"NETWORK": json.dumps(told, separators=(",", ":"))} if told else {}
    if "client_certificate" in network:
        variables["CLIENT_CERTIFICATE_FILE"] = str(folder / CLIENT_CERTIFICATE_FILE)
    return variables


def proxy_and_ca_environment(network: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """For k6 itself. What goes to this machine, our own pushes too, never takes a proxy."""
    variables = {"SSL_CERT_FILE": str(folder / CA_FILE)} if "ca_certificate" in network else {}
    proxy = proxy_address(network, PROXY_PASSWORD)
    return variables | ({"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy} if proxy else {})


def proxy_address(network: Mapping[str, Any], password: str) -> str | None:
    """The proxy with its user and `password`, which stands in it as it is."""
    proxy, user = network.get("proxy"), network.get("proxy_user")
    if not proxy or not user:
        return proxy
    scheme, _, where = str(proxy).partition("://")
    return f"{scheme}://{quote(str(user), safe='')}:{password}@{where}"


def network_files(network: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, bytes]:
    """Certificates by the name of their file. An authority is believed besides those of the environment."""
    files = {}
    if "ca_certificate" in network:
        others = environment.get("SSL_CERT_FILE")
        known = Path(others).read_bytes() + b"\n" if others and Path(others).is_file() else b""
        files[CA_FILE] = known + network["ca_certificate"].encode()
    if "client_certificate" in network:
        files[CLIENT_CERTIFICATE_FILE] = network["client_certificate"].encode()
    return files
