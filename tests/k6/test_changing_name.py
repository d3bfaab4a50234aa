"""The address of a name changes to a refused one between two requests: no client connects to the refused address."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, skip_or_fail
from tests.k6.conftest import K6, K6Run
from tests.support.changing_name import FIRST, NAME, PORT

pytestmark = pytest.mark.k6

URL = f"http://{NAME}:{PORT}"
METADATA, LINK_LOCAL, ALIBABA, AZURE = "169.254.169.254", "169.254.7.7", "100.100.100.200", "168.63.129.16"
REFUSED = [METADATA, LINK_LOCAL, ALIBABA, AZURE]
ORDINARY = "10.20.30.40"
ADDRESS_REFUSED = "1110"  # k6's error code
CONNECTION_TEST = f"""
from urllib.parse import urlsplit
from dashboard.outbound.addresses import AddressGuard, AddressRefused
from dashboard.outbound.client import fetch
for _ in range(2):
    try:
        print(fetch(urlsplit("{URL}/"), AddressGuard(), headers={{}}).status)
    except AddressRefused as error:
        print(error.detail)
"""
TOKEN_REQUEST = f"""
from dashboard.runner.tokens.request import request_token
from dashboard.runner.tokens.response import TokenError
from tests.factories import an_auth_file
for _ in range(2):
    try:
        print(request_token(an_auth_file("{URL}/token")).text)
    except TokenError as error:
        print(error)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNetwork:
    """Runs programs in a network in which the address of NAME changes after the first request."""

    unshare: tuple[str, ...]
    folder: Path
    results: Path

    def command(self, second: str) -> list[str]:
        """Return the start of a command line; the program follows."""
        python = [sys.executable, "-m", "tests.support.changing_name", str(self.results), second]
        return [*self.unshare, shutil.which("env") or "env", f"PYTHONPATH={ROOT}", *python]

    def wrapped(self, program: Path, second: str) -> Path:
        """Write a script that runs `program` with its arguments in this network."""
        script = self.folder / "wrapped"
        script.write_text("#!/bin/sh\nexec " + " ".join([*self.command(second), str(program)]) + ' "$@"\n')
        script.chmod(0o700)
        return script

    def received(self) -> dict[str, Any]:
        """Return the connections and requests of each address, and the answers of the name server."""
        found: dict[str, Any] = json.loads(self.results.read_text())
        return found


def may_unshare(program: str, options: str) -> bool:
    command = [program, options, shutil.which("true") or "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def network(tmp_path: Path) -> OwnNetwork:
    program = shutil.which("unshare") or skip_or_fail("unshare", "install util-linux")
    options = next(filter(partial(may_unshare, program), ("-mn", "-Urmn")), None)
    if options is None:
        # Skipped, never failed: unlike a missing tool, this permission cannot be installed in a container.
        pytest.skip(
            "This machine permits no network namespaces; see kernel.apparmor_restrict_unprivileged_userns."
        )
    return OwnNetwork(unshare=(program, options), folder=tmp_path, results=tmp_path / "received.json")


@pytest.fixture
def run(network: OwnNetwork, k6_bin: Path, tmp_path: Path) -> Callable[..., K6Run]:
    """Runs three iterations with a new connection each. Keyword arguments add to the environment of k6."""

    def three_iterations(second: str, **system: str) -> K6Run:
        k6 = K6(program=network.wrapped(k6_bin, second), folder=tmp_path)
        file = k6.write_document({"endpoints": [{"name": "a", "close_connection": True}]})
        env = {"BASE_URL": URL, "ENDPOINTS_FILE": file}
        return k6.run(env, "--iterations", "3", "--vus", "1", system=system)

    return three_iterations


def outcomes(result: K6Run) -> list[tuple[str, str | None]]:
    return [(one["status"], one.get("error_code")) for one in result.samples_of("http_reqs")]


@pytest.mark.parametrize("second", REFUSED)
def test_k6_refuses_the_new_address_when_it_connects(
    network: OwnNetwork, run: Callable[..., K6Run], second: str
) -> None:
    result = run(second, K6_DNS="ttl=0")
    assert outcomes(result) == [("200", None), ("0", ADDRESS_REFUSED), ("0", ADDRESS_REFUSED)], result.log
    assert network.received() == {
        "received": {FIRST: [1, 1], second: [0, 0]},
        "answers": [FIRST, second, second],
    }


def test_k6_follows_the_name_to_an_ordinary_address(network: OwnNetwork, run: Callable[..., K6Run]) -> None:
    """Show that the other tests would notice a connection to the second address."""
    assert outcomes(run(ORDINARY, K6_DNS="ttl=0")) == [("200", None)] * 3
    assert network.received()["received"] == {FIRST: [1, 1], ORDINARY: [2, 2]}


def test_k6_keeps_the_first_address_for_minutes(network: OwnNetwork, run: Callable[..., K6Run]) -> None:
    result = run(METADATA)
    assert outcomes(result) == [("200", None)] * 3, result.log
    assert network.received() == {"received": {FIRST: [3, 3], METADATA: [0, 0]}, "answers": [FIRST]}


@pytest.mark.parametrize(
    ("code", "first", "problem"),
    [
        (CONNECTION_TEST, "200", "sends no requests there"),
        (TOKEN_REQUEST, "t", "to which no request is sent"),
    ],
    ids=["connection test", "token request"],
)
@pytest.mark.parametrize("second", REFUSED)
def test_no_request_of_the_dashboard_reaches_the_new_address(
    network: OwnNetwork, second: str, code: str, first: str, problem: str
) -> None:
    command = [*network.command(second), sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    lines = result.stdout.splitlines()
    assert (lines[:1], len(lines)) == ([first], 2), result.stderr
    assert problem in lines[1]
    assert network.received()["received"] == {FIRST: [1, 1], second: [0, 0]}
