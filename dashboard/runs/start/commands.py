"""Commands that start the same run: with k6 alone, through the API, and with `just`. They contain no secrets."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from dashboard.engine.network import CA_FILE, CLIENT_CERTIFICATE_FILE, SCRIPT_KEYS, proxy_address
from dashboard.model.plan import Plan
from dashboard.runs.start.request import StartRequest, start_body

CLIENT_KEY_FILE = "client.key"
FLAG_OPTIONS = ("verify_tls", "reuse_connections")
FILES_OF_OPTIONS = {"ca_certificate": CA_FILE, "client_certificate": CLIENT_CERTIFICATE_FILE}


def commands_for(request: StartRequest, plan: Plan, base_url: str, origin: str) -> dict[str, str]:
    """Return the command line for each tool, by its name. `origin` is the URL of this dashboard."""
    target = base_url or "http://127.0.0.1:8000"
    shown = StartRequest(load=request.load, base_url=target, network=request.network.without_secrets())
    network = shown.network.fields()
    return {
        "k6": _k6_command(plan, target, network),
        "curl": f"curl -X POST {origin}/run/start -H 'Content-Type: application/json' "
        f"-d {shlex.quote(json.dumps(start_body(shown)))}",
        "just": _just_command(shown, target, network),
    }


def _k6_command(plan: Plan, target: str, network: Mapping[str, Any]) -> str:
    variables = [f"{name}={shlex.quote(value)}" for name, value in plan.variables.items()]
    variables += [f"BASE_URL={shlex.quote(target)}", *_script_variables(network)]
    options = [f"-e {variable}" for variable in variables]
    return " ".join([*_k6_environment(network), "bin/k6 run", *options, "k6/main.js"])


def _k6_environment(network: Mapping[str, Any]) -> list[str]:
    """Return the environment variables of k6's own process."""
    environment = []
    proxy = proxy_address(network, "\n")
    if proxy is not None:
        environment = [f"{name}={_quote_proxy(proxy)}" for name in ("HTTP_PROXY", "HTTPS_PROXY")]
    if "ca_certificate" in network:
        environment.append(f'SSL_CERT_FILE="$PWD/{CA_FILE}"')
    return environment


def _script_variables(network: Mapping[str, Any]) -> list[str]:
    """Return the variables of the script. Certificates are read from files."""
    options = {name: network[name] for name in SCRIPT_KEYS if name in network}
    variables = [f"NETWORK={shlex.quote(json.dumps(options))}"] if options else []
    if "client_certificate" in network:
        variables += [
            f'CLIENT_CERTIFICATE_FILE="$PWD/{CLIENT_CERTIFICATE_FILE}"',
            f'CLIENT_KEY_FILE="$PWD/{CLIENT_KEY_FILE}"',
        ]
    return variables


def _quote_proxy(proxy: str) -> str:
    """Quote the proxy for a shell. A line break in `proxy` stands for the password and becomes $PROXY_PASSWORD."""
    return '"$PROXY_PASSWORD"'.join(shlex.quote(part) for part in proxy.split("\n"))


def _just_command(request: StartRequest, target: str, network: Mapping[str, Any]) -> str:
    load = {name: value for name, value in request.load.fields().items() if name != "profile"}
    options = [_option("base_url", target)]
    options += [_option(name, _load_argument(name, value)) for name, value in load.items()]
    return " ".join(["just", request.load.profile, *options, *_network_options(network)])


def _network_options(network: Mapping[str, Any]) -> list[str]:
    options = []
    for name, value in network.items():
        if name == "hosts":
            options += [_option(name, f"{host}={address}") for host, address in value.items()]
        elif name in FLAG_OPTIONS:
            options.append(f"--{'' if value else 'no-'}{name.replace('_', '-')}")
        else:
            options.append(_option(name, FILES_OF_OPTIONS.get(name) or str(value)))
    return [*options, *([_option("client_key", CLIENT_KEY_FILE)] if "client_certificate" in network else [])]


def _option(name: str, value: str) -> str:
    return f"--{name.replace('_', '-')} {shlex.quote(value)}"


def _load_argument(name: str, value: Any) -> str:
    """Return a load field as a command-line argument."""
    if name == "stages":
        return ",".join(f"{stage['duration']}:{stage['target']}" for stage in value)
    return json.dumps(value) if name == "scenarios" else str(value)
