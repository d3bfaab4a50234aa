"""The same run for people to copy: with k6 alone, through the API, as a recipe. Never a secret."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from dashboard.engine.network import CA_FILE, CLIENT_CERTIFICATE_FILE, SCRIPT_KEYS, proxy_address
from dashboard.model.plan import Plan
from dashboard.runs.start.network import SECRETS
from dashboard.runs.start.request import StartRequest

LOAD_FIELDS = ("rate", "vus", "duration", "ramp_duration", "unit", "stages", "scenarios")
KEY = "client.key"
FLAGS = ("verify_tls", "reuse_connections")
FILES = {"ca_certificate": CA_FILE, "client_certificate": CLIENT_CERTIFICATE_FILE}


def commands_for(request: StartRequest, plan: Plan, base_url: str, origin: str) -> dict[str, str]:
    """By the program's name."""
    target = base_url or "http://127.0.0.1:8000"
    body: dict[str, object] = {"profile": plan.profile, "base_url": target}
    asked = {name: getattr(request, name) for name in LOAD_FIELDS}
    body |= {name: value for name, value in asked.items() if value is not None}
    network = {
        name: value
        for name, value in request.network.items()
        if value not in (None, "", {}) and name not in SECRETS
    }
    options = [_option(name, _typed(value)) for name, value in body.items() if name != "profile"]
    if request.stages is not None:
        body["stages"] = [{"duration": text, "target": target} for text, target in request.stages]
    if network:
        body["network"] = network
    typed = shlex.quote(json.dumps(body))
    variables = " ".join(f"-e {name}={shlex.quote(value)}" for name, value in plan.variables.items())
    around, told = _for_k6(network)
    words = [*around, "bin/k6 run", variables, f"-e BASE_URL={shlex.quote(target)}", *told, "k6/main.js"]
    return {
        "k6": " ".join(words),
        "curl": f"curl -X POST {origin}/run/start -H 'Content-Type: application/json' -d {typed}",
        "just": f"just {plan.profile} {' '.join([*options, *_for_just(network)])}",
    }


def _for_k6(network: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What k6's own environment says, and what the script is told. Certificates lie in files."""
    proxy = proxy_address(network, "\n")
    around = (
        [] if proxy is None else [f"{name}={_proxy_word(proxy)}" for name in ("HTTP_PROXY", "HTTPS_PROXY")]
    )
    if "ca_certificate" in network:
        around.append(f'SSL_CERT_FILE="$PWD/{AUTHORITY}"')
    told = {name: network[name] for name in SCRIPT_KEYS if name in network}
    words = [f"-e NETWORK={shlex.quote(json.dumps(told))}"] if told else []
    if "client_certificate" in network:
        words += [
            f'-e CLIENT_CERTIFICATE_FILE="$PWD/{CERTIFICATE}"',
            f'-e CLIENT_KEY_FILE="$PWD/{KEY}"',
        ]
    return around, words


def _proxy_word(proxy: str) -> str:
    """The password comes from the shell's environment, as it stands in a URL."""
    return '"$PROXY_PASSWORD"'.join(shlex.quote(part) for part in proxy.split("\n"))


def _for_just(network: Mapping[str, Any]) -> list[str]:
    options = []
    for name, value in network.items():
        if name == "hosts":
            options += [_option(name, f"{host}={address}") for host, address in value.items()]
        elif name in FLAGS:
            options.append(f"--{'' if value else 'no-'}{name.replace('_', '-')}")
        else:
            options.append(_option(name, FILES.get(name) or str(value)))
    return [*options, *([_option("client_key", KEY)] if "client_certificate" in network else [])]


def _option(name: str, value: str) -> str:
    return f"--{name.replace('_', '-')} {shlex.quote(value)}"


def _typed(value: object) -> str:
    """As it is typed in a terminal."""
    if isinstance(value, tuple):
        return ",".join(f"{duration}:{target}" for duration, target in value)
    return json.dumps(value) if isinstance(value, Mapping) else str(value)
