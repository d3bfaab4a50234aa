"""Environment variables for each tool: the user's mirrors, proxies and certificates."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# The uv variable that corresponds to each pip variable.
PIP_TO_UV = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_FIND_LINKS": "UV_FIND_LINKS",
    "PIP_NO_INDEX": "UV_NO_INDEX",
    "PIP_CERT": "SSL_CERT_FILE",
}
UV_ALTERNATIVES = {
    "UV_DEFAULT_INDEX": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "UV_INDEX": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
}


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv, with pip's settings, which uv does not read, and the system's certificates."""
    env = dict(environ)
    for pip_name, value in (pip_settings(environ) | pick(environ, PIP_TO_UV)).items():
        uv_name = PIP_TO_UV[pip_name]
        if not any(env.get(name) for name in UV_ALTERNATIVES.get(uv_name, (uv_name,))):
            env[uv_name] = value
    if certificate_file(environ) or sys.platform == "darwin":
        env.setdefault("UV_SYSTEM_CERTS", "true")
    env.setdefault("UV_PYTHON_DOWNLOADS", "never")
    env.pop("VIRTUAL_ENV", None)
    return env


def pick(environ: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in names if environ.get(name)}


def pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return mirrors and certificates from pip's configuration files, by the name of pip's variable."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=dict(environ),
        capture_output=True,
        text=True,
        check=False,
    )
    settings = {}
    for line in listing.stdout.splitlines():
        key, _, value = line.partition("=")
        name = "PIP_" + key.rpartition(".")[2].replace("-", "_").upper()
        if name in PIP_TO_UV and key.startswith(("global.", "install.")):
            settings[name] = " ".join(value.strip().strip("'\"").replace("\\n", " ").split())
    return settings


def npm_environment(environ: Mapping[str, str], node: Path) -> dict[str, str]:
    """Return the environment for npm: this Node first on PATH, and the system's certificates added to Node's own."""
    env = dict(environ)
    env["PATH"] = f"{node.parent}:{environ.get('PATH', '')}"
    trusted = certificate_file(environ)
    if trusted:
        env.setdefault("NODE_EXTRA_CA_CERTS", trusted)
    env.setdefault("npm_config_update_notifier", "false")
    return env


def certificate_file(environ: Mapping[str, str]) -> str | None:
    """Return the file with the certificates that this system trusts."""
    import ssl  # slow to import, and a start that has nothing to install does not need it

    configured = environ.get("SSL_CERT_FILE")
    return configured or ssl.get_default_verify_paths().cafile
