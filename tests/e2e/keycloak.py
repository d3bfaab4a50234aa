"""A real Keycloak process. Its realm and client are created through the admin API."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.e2e.harness import wait_for
from tests.fakes.token_server import CLIENT, SECRET

ADMIN = "admin-of-the-test"
REALM = "shop"
START_TIMEOUT_S = 200.0


class Keycloak:
    """`kc.sh start` on loopback, with an in-memory database."""

    def __init__(self, home: Path, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "keycloak.log"
        self._home, self._port = home, port
        self._admin = ""

    def start(self) -> float:
        """Start Keycloak and wait until it responds. Returns the seconds that this took."""
        began = time.monotonic()
        inherited = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "LANG") if name in os.environ}
        admin = {"KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN}
        # options for a fast start, at the cost of throughput
        java = {"JAVA_OPTS_APPEND": "-Xmx512m -XX:TieredStopAtLevel=1"}
        env = {**inherited, **admin, **java}
        listen = ["--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={self._port}"]
        command = [
            str(self._home / "bin" / "kc.sh"),
            "start",
            "--optimized",
            "--hostname-strict=false",
            *listen,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self._is_up, "Keycloak is up", within_s=START_TIMEOUT_S, every_s=0.25)
        return time.monotonic() - began

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def make_realm(self, life_s: int) -> None:
        """Create a realm whose tokens are valid for `life_s`, with one client that may use client credentials."""
        client = {"clientId": CLIENT, "secret": SECRET, "serviceAccountsEnabled": True, "publicClient": False}
        types = ["CLIENT_LOGIN", "CLIENT_LOGIN_ERROR"]
        events = {"eventsEnabled": True, "enabledEventTypes": types}
        realm = {
            "realm": REALM,
            "enabled": True,
            "accessTokenLifespan": life_s,
            "clients": [client],
            **events,
        }
        self._call("POST", "/admin/realms", realm).raise_for_status()

    def logins(self) -> list[float]:
        """Return the monotonic times of the client's token requests, from Keycloak's events."""
        response = self._call("GET", f"/admin/realms/{REALM}/events?type=CLIENT_LOGIN&max=1000")
        response.raise_for_status()
        offset_s = time.time() - time.monotonic()
        return [event["time"] / 1000 - offset_s for event in response.json()]

    def valid_until(self, token: str) -> float:
        """Return the monotonic time at which the token expires; 0 when the token is not active."""
        url = f"{self.url}/realms/{REALM}/protocol/openid-connect/token/introspect"
        form = {"token": token, "client_id": CLIENT, "client_secret": SECRET}
        token_state: Mapping[str, Any] = requests.post(url, form, timeout=10).json()
        return time.monotonic() + token_state["exp"] - time.time() if token_state.get("active") else 0.0

    def _call(self, method: str, path: str, body: object = None) -> requests.Response:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
        url = f"{self.url}/realms/master/protocol/openid-connect/token"
        token = requests.post(url, form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        return requests.request(method, self.url + path, data=data, headers=headers, timeout=20)

    def _is_up(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()[-4_000:]
        try:
            return requests.get(f"{self.url}/realms/master", timeout=5).ok
        except requests.ConnectionError:
            return False
