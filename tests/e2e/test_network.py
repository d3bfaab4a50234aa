"""Runs with their own hosts, certificates and proxies. Only k6 sees the client's key."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from dashboard.run_folder.files import PidFile, SecretsFile
from tests.certificates import an_authority, issue_certificate
from tests.conftest import ROOT
from tests.e2e.harness import Server, wait_for
from tests.e2e.test_command_line import CommandLine
from tests.e2e.test_secrets import (
    EventStream,
    command_lines_with,
    files_with,
    leaks_in_files,
    leaks_in_responses,
)
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER, proxy_to
from tests.k6.conftest import CannedResponse, Recorder, recorder
from tests.k6.test_network import tls_server

pytestmark = pytest.mark.k6
__all__ = ["recorder"]


def test_a_run_uses_its_certificate_and_authority_and_hides_its_key(server: Server, tmp_path: Path) -> None:
    authority = an_authority(tmp_path)
    client = issue_certificate(authority, tmp_path, "client")
    key = client.key.read_text()
    secret = key.splitlines()[5]
    network = {
        "ca_certificate": authority.certificate.read_text(),
        "client_certificate": client.certificate.read_text(),
        "client_key": key,
    }
    with tls_server(issue_certificate(authority, tmp_path, "shop.test"), authority.certificate) as port:
        network["hosts"] = {"shop.test": f"127.0.0.1:{port}"}  # type: ignore[assignment]
        run_id = server.run("https://shop.test", network=network)
        folder = server.folder(run_id)
        wait_for(lambda: folder.has(PidFile), "k6 was started")
        assert command_lines_with(server, secret) == []
        server.wait_for_snapshots(run_id)
        wait_for(lambda: not folder.has(SecretsFile), "the secrets are deleted after the start of k6")
        record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert files_with(server.data_dir, secret) == []
    detail = server.get(f"/runs/{run_id}")
    assert secret not in json.dumps(detail)
    assert (detail["network"]["hosts"], "client_key" in detail["network"]) == (network["hosts"], False)


def test_a_run_uses_its_proxy_but_its_pushes_do_not(server: Server, recorder: Recorder) -> None:
    run_id = server.run("http://shop.test", network={"proxy": recorder.url, "timeout": "5s"})
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] == len(recorder.received) > 0
    assert {one.path.startswith("http://shop.test/") for one in recorder.received} == {True}


def test_without_reuse_every_request_opens_a_connection(server: Server, recorder: Recorder) -> None:
    record = server.wait_until_ended(server.run(recorder.url, network={"reuse_connections": False}))
    assert (record["total_reqs"] > 0, record["connection_reuse_rate"]) == (True, 0)
    reusing = server.wait_until_ended(server.run(recorder.url))
    assert reusing["connection_reuse_rate"] > 0.5


PROXIED = {"proxy_user": USER, "proxy_password": PASSWORD}
ENCODINGS = {PASSWORD, quote(PASSWORD, safe=""), CREDENTIALS}


def shown_bodies(server: Server, run_id: str) -> list[str]:
    """Return the response bodies that the failures of the run show."""
    samples = [one for group in server.get(f"/runs/{run_id}/failures") for one in group["samples"]]
    return [one["response"]["body"] for one in samples if one["response"]["body"]]


def test_only_the_proxy_receives_its_password(server: Server, recorder: Recorder) -> None:
    server.endpoints({"name": "List", "path": "/list", "checks": {"status": 200}}, pacing="50ms")
    body = f"Proxy-Authorization: Basic {CREDENTIALS}; {PASSWORD} {quote(PASSWORD, safe='')}"
    recorder.responses["http://shop.test/list"] = CannedResponse(status=500, body=body)
    run_id = server.run("http://shop.test", network={"proxy": recorder.url, **PROXIED}, duration="60s")
    stream = EventStream(server, [run_id])
    folder = server.folder(run_id)
    wait_for(lambda: folder.has(PidFile), "k6 was started")
    assert [line for secret in ENCODINGS for line in command_lines_with(server, secret)] == []
    wait_for(lambda: shown_bodies(server, run_id), "a failing request is shown with its body", within_s=30)
    wait_for(lambda: not folder.has(SecretsFile), "the secrets are deleted after the start of k6")
    assert leaks_in_files(server, ENCODINGS) == []
    assert leaks_in_responses(server, [run_id], ENCODINGS) == []
    server.post("/run/stop", {"run_id": run_id})
    server.wait_until_ended(run_id)
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}
    assert any("***" in body for body in shown_bodies(server, run_id))
    assert leaks_in_responses(server, [run_id], ENCODINGS) == []
    assert server.get(f"/runs/{run_id}")["network"] == {"proxy": recorder.url, "proxy_user": USER}
    server.terminate()
    stream.join(10)
    assert [secret for secret in ENCODINGS if secret in stream.text] == []
    assert leaks_in_files(server, ENCODINGS) == []


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_tunnel_requires_the_password(
    make_server: Callable[..., Server], tmp_path: Path, kind: str
) -> None:
    pair = issue_certificate(an_authority(tmp_path), tmp_path, "shop.test")
    with tls_server(pair) as port, proxy_to(kind, port) as proxy:
        server = make_server(PROXY_PASSWORD=PASSWORD, PROXY_PASSWORD_FOR=proxy.url)
        server.endpoints({"name": "List", "path": "/list"}, network={"verify_tls": False})
        server.start()
        network = {"proxy": proxy.url, "proxy_user": USER}
        record = server.wait_until_ended(server.run("https://shop.test", duration="1s", network=network))
        tested = server.post("/run/test-connection", {"base_url": "https://shop.test", "network": network})
        wrong = network | {"proxy_password": "wrong"}
        unauthorized = server.wait_until_ended(
            server.run("https://shop.test", vus=1, duration="1s", network=wrong)
        )
        requested = set(proxy.targets)
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert (tested["status"], requested) == (204, {"shop.test:443"})
    assert unauthorized["status_0"] == unauthorized["total_reqs"] > 0


def test_a_copied_command_uses_the_same_network(server: Server, recorder: Recorder) -> None:
    """The commands of `bin/dashboard run` and of k6. The password comes from the environment."""
    network = {"proxy": recorder.url, "proxy_user": USER, "redirects": 0, "timeout": "5s"}
    network |= {"hosts": {"a.test": "10.0.0.1:80"}, "reuse_connections": False}
    plan = server.post(
        "/run/plan",
        {
            "profile": "smoke",
            "base_url": "http://shop.test",
            "vus": 1,
            "duration": "1s",
            "network": network | {"proxy_password": PASSWORD},
        },
    )
    commands = plan["commands"]
    assert PASSWORD not in json.dumps(plan)
    just = shlex.split(commands["just"])
    assert just[0] == "just"
    command = CommandLine(server)
    server.environment |= {"PROXY_PASSWORD": PASSWORD, "PROXY_PASSWORD_FOR": recorder.url}
    code, out, err = command.run(*just[1:], "--json")
    assert code == 0, err
    record = server.wait_until_ended(json.loads(out)["run"]["run_id"])
    assert record["total_reqs"] == len(recorder.received) > 0
    assert server.get(f"/runs/{record['run_id']}")["network"] == network
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}
    recorder.received.clear()
    file = f"-e ENDPOINTS_FILE={server.endpoints_file}"
    text = commands["k6"].replace("bin/k6 run", f"{server.environment['K6_BIN']} run --quiet {file}")
    completed = subprocess.run(
        ["sh", "-c", text],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(server.data_dir),
            "PROXY_PASSWORD": quote(PASSWORD, safe=""),
        },
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert len(recorder.received) > 0
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}


@pytest.mark.parametrize("key_source", ["option", "CLIENT_KEY_FILE"])
def test_the_command_line_reads_certificates_from_files(
    server: Server, tmp_path: Path, key_source: str
) -> None:
    authority = an_authority(tmp_path)
    client = issue_certificate(authority, tmp_path, "client")
    files = ["--ca-certificate", str(authority.certificate), "--client-certificate", str(client.certificate)]
    if key_source == "option":
        files += ["--client-key", str(client.key)]
    else:
        server.environment["CLIENT_KEY_FILE"] = str(client.key)
    with tls_server(issue_certificate(authority, tmp_path, "shop.test"), authority.certificate) as port:
        target = ("--base-url", "https://shop.test", "--hosts", f"shop.test=127.0.0.1:{port}")
        code, out, err = CommandLine(server).run("smoke", "--duration", "1s", "--json", *target, *files)
    assert code == 0, err
    record = server.wait_until_ended(json.loads(out)["run"]["run_id"])
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert files_with(server.data_dir, client.key.read_text().splitlines()[5]) == []
