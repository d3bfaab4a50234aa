"""The commands to copy: quoted for a shell, and without secrets."""

import json
import shlex
from typing import Any

from dashboard.model.plan import Plan
from dashboard.model.profile import Parameters, plan
from dashboard.model.profile_data import load_profiles
from dashboard.runs.start.commands import commands_for
from dashboard.runs.start.request import LoadRequest, NetworkRequest, StartRequest
from tests.conftest import ROOT

PROFILES = load_profiles(json.loads((ROOT / "k6" / "config" / "profiles.json").read_text()))
HOSTILE = "$(touch x) `id` 'a' \"b\" \\ ;"
ORIGIN, TARGET = "http://127.0.0.1:5656", "http://shop.test"


def a_plan() -> Plan:
    return plan(PROFILES["smoke"], Parameters(vus=2, duration_s=30))


def commands(**network: Any) -> dict[str, str]:
    return commands_for(
        StartRequest(load=LoadRequest(profile="smoke"), network=NetworkRequest(**network)),
        a_plan(),
        TARGET,
        ORIGIN,
    )


def test_unset_network_fields_are_left_out() -> None:
    plain = commands(timeout=None, proxy="", hosts={})
    assert plain["just"] == f"just smoke --base-url {TARGET}"
    assert plain["k6"].startswith("bin/k6 run -e ")
    assert "NETWORK" not in plain["k6"]
    assert "network" not in plain["curl"]


def test_every_network_field_is_in_every_command() -> None:
    network = {
        "timeout": "5s",
        "redirects": 0,
        "verify_tls": False,
        "reuse_connections": True,
        "hosts": {"a.test": "10.0.0.1", "b.test": "[::1]:80"},
        "ca_certificate": "-----BEGIN…",
        "client_certificate": "-----BEGIN…",
    }
    made = commands(**network)
    options = "--timeout 5s --redirects 0 --no-verify-tls --reuse-connections --hosts a.test=10.0.0.1"
    files = "--ca-certificate ca.pem --client-certificate client.pem --client-key client.key"
    assert made["just"].endswith(f"{options} --hosts 'b.test=[::1]:80' {files}")
    words = shlex.split(made["k6"])
    assert words[0] == "SSL_CERT_FILE=$PWD/ca.pem"
    assert json.loads(next(word for word in words if word.startswith("NETWORK="))[8:]) == {
        name: value for name, value in network.items() if not name.endswith("certificate")
    }
    assert words[-5:] == [
        "-e",
        "CLIENT_CERTIFICATE_FILE=$PWD/client.pem",
        "-e",
        "CLIENT_KEY_FILE=$PWD/client.key",
        "k6/main.js",
    ]
    assert json.loads(shlex.split(made["curl"])[-1])["network"] == network


def test_shell_characters_are_quoted() -> None:
    made = commands(proxy=f"http://a{HOSTILE}", proxy_user=HOSTILE, timeout=HOSTILE, hosts={HOSTILE: HOSTILE})
    assert shlex.split(made["just"])[4:] == [
        *("--timeout", HOSTILE, "--hosts", f"{HOSTILE}={HOSTILE}"),
        *("--proxy", f"http://a{HOSTILE}", "--proxy-user", HOSTILE),
    ]
    [first, second, *_] = shlex.split(made["k6"])
    assert first == second.replace("HTTPS_PROXY", "HTTP_PROXY")
    assert first.endswith(f"@a{HOSTILE}")
    assert ":$PROXY_PASSWORD@" in first


def test_secrets_are_left_out() -> None:
    made = commands(proxy="http://a:1", proxy_user="ann", proxy_password="s3cret", client_key="k3y")
    assert "s3cret" not in json.dumps(made)
    assert "k3y" not in json.dumps(made)
