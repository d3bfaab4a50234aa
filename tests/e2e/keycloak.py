"""A real Keycloak as a process, its realm and client made through its own admin API."""

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
START_S = 120.0


class Keycloak:
    """`kc.sh start`, all in memory, on loopback. `start` returns when it answers."""

    def __init__(self, home: Path, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "keycloak.log"
        self._home, self._port = home, port
        self._admin = ""

    def start(self) -> float:
        began = time.monotonic()
        kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME", "LANG") if name in os.environ}
        admin = {"KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN}
        # what starts soonest, not what serves most
        java = {"JAVA_OPTS_APPEND": "-Xmx512m -XX:TieredStopAtLevel=1"}
        env = {**kept, **admin, **java}
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
        wait_for(self._answers, "Keycloak is up", within_s=START_S, every_s=0.25)
        return time.monotonic() - began

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def make_realm(self, life_s: int) -> None:
        """A realm whose tokens live that long, with one client that may sign in by itself."""
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
        self._ask("POST", "/admin/realms", realm).raise_for_status()

    def logins(self) -> list[float]:
        """When the client got a token, by Keycloak's own account, on the monotonic clock."""
        found = self._ask("GET", f"/admin/realms/{REALM}/events?type=CLIENT_LOGIN&max=1000")
        found.raise_for_status()
        ahead_s = time.time() - time.monotonic()
        return [event["time"] / 1000 - ahead_s for event in found.json()]

    def good_until(self, token: str) -> float:
        """When the token expires, on the monotonic clock; 0 when Keycloak says that it is none."""
        url = f"{self.url}/realms/{REALM}/protocol/openid-connect/token/introspect"
        form = {"token": token, "client_id": CLIENT, "client_secret": SECRET}
        told: Mapping[str, Any] = requests.post(url, form, timeout=10).json()
        return time.monotonic() + told["exp"] - time.time() if told.get("active") else 0.0

    def _ask(self, method: str, path: str, body: object = None) -> requests.Response:
        form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
        url = f"{self.url}/realms/master/protocol/openid-connect/token"
        token = requests.post(url, form, timeout=10).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body)
        return requests.request(method, self.url + path, data=data, headers=headers, timeout=20)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()[-4_000:]
        try:
            return requests.get(f"{self.url}/realms/master", timeout=5).ok
        except requests.ConnectionError:
            return False
