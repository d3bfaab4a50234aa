"""A real InfluxDB for measurements and tests, which can be killed, restarted and queried."""

from __future__ import annotations

import csv
import io
import subprocess
import time
from pathlib import Path
from typing import Any

import requests

from dashboard.runner.ports import free_port

ORG, BUCKET, TOKEN = "matrix", "k6", "test-token"
START_TIMEOUT_S = 60.0


class Influxd:
    """`influxd` on loopback with its data in `folder`."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary, self.folder = binary, folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it is ready. The first start creates an organization and a token."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            str(self.binary),
            "--reporting-disabled",
            f"--bolt-path={self.folder / 'bolt'}",
            f"--sqlite-path={self.folder / 'sqlite'}",
            f"--engine-path={self.folder / 'engine'}",
            f"--http-bind-address=127.0.0.1:{self.port}",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_until_healthy()
        self._set_up()

    def kill(self) -> None:
        """Send SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def create_bucket(self, name: str, org: str = ORG) -> str:
        """Create a bucket and return its ID."""
        org_id = self.call("GET", "/api/v2/orgs", params={"org": org}).json()["orgs"][0]["id"]
        response = self.call(
            "POST", "/api/v2/buckets", json={"orgID": org_id, "name": name, "retentionRules": []}
        )
        expect(response, 201)
        return str(response.json()["id"])

    def query(self, flux: str) -> list[dict[str, str]]:
        """Return the rows of a query as InfluxDB formats them."""
        headers = {"Content-Type": "application/vnd.flux", "Accept": "application/csv"}
        response = self.call(
            "POST", "/api/v2/query", params={"org": ORG}, data=flux.encode(), headers=headers
        )
        expect(response, 200)
        rows: list[dict[str, str]] = []
        for table in response.text.replace("\r\n", "\n").split("\n\n"):
            rows += csv.DictReader(io.StringIO(table))
        return rows

    def total(self, bucket: str, measurement: str, field: str, run_id: str | None = None) -> float:
        """Return the sum of a field over all points."""
        run_filter = f'|> filter(fn: (r) => r.run_id == "{run_id}")' if run_id else ""
        rows = self.query(
            f'from(bucket: "{bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) '
            f'|> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}") {run_filter} '
            "|> group() |> sum()"
        )
        return float(rows[0]["_value"]) if rows else 0.0

    def count(self, bucket: str, measurement: str, field: str = "seq") -> int:
        """Return the number of points with a field."""
        rows = self.query(
            f'from(bucket: "{bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) '
            f'|> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}") '
            "|> group() |> count()"
        )
        return int(rows[0]["_value"]) if rows else 0

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Token {TOKEN}", **options.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.url}/health", timeout=2).status_code == 200:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-2_000:])

    def _set_up(self) -> None:
        if not requests.get(f"{self.url}/api/v2/setup", timeout=10).json()["allowed"]:
            return
        body = {
            "username": "tests",
            "password": "test-password",
            "org": ORG,
            "bucket": BUCKET,
            "token": TOKEN,
        }
        response = requests.post(f"{self.url}/api/v2/setup", json=body, timeout=30)
        expect(response, 201)


def expect(response: requests.Response, status: int) -> None:
    """Raise AssertionError with the response for any other status."""
    if response.status_code != status:
        raise AssertionError(f"{response.status_code} {response.text[:500]}")
