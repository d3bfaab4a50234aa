"""A run of the dashboard through names, certificates and proxies of its own; the client's key is seen by k6 alone."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from dashboard.run_folder.files import PidFile, SecretsFile
from tests.certificates import an_authority, signed
from tests.conftest import ROOT
from tests.e2e.harness import Server, wait_for
from tests.e2e.test_command_line import CommandLine
from tests.e2e.test_secrets import Streamed, files_with, holders, told_answers, told_files
from tests.fakes.proxy import CREDENTIALS, PASSWORD, USER, proxy_to
from tests.k6.conftest import CannedResponse, Recorder, recorder
from tests.k6.test_network import tls_server

pytestmark = pytest.mark.k6
__all__ = ["recorder"]


def test_a_run_shows_its_certificate_believes_its_authority_and_keeps_its_key(
    server: Server, tmp_path: Path
) -> None:
    authority = an_authority(tmp_path)
    client = signed(authority, tmp_path, "client")
    key = client.key.read_text()
    secret = key.splitlines()[5]
    network = {
        "ca_certificate": authority.certificate.read_text(),
        "client_certificate": client.certificate.read_text(),
        "client_key": key,
    }
    with tls_server(signed(authority, tmp_path, "shop.test"), authority.certificate) as port:
        network["hosts"] = {"shop.test": f"127.0.0.1:{port}"}  # type: ignore[assignment]
        run_id = server.run("https://shop.test", network=network)
        folder = server.folder(run_id)
        wait_for(lambda: folder.has(PidFile), "k6 was started")
        assert holders(secret) == []
        server.wait_for_snapshots(run_id)
        wait_for(lambda: not folder.has(SecretsFile), "the secrets are removed once k6 is at work")
        record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert files_with(server.data_dir, secret) == []
    told = server.get(f"/runs/{run_id}")
    assert secret not in json.dumps(told)
    assert (told["network"]["hosts"], "client_key" in told["network"]) == (network["hosts"], False)


def test_a_run_goes_through_its_proxy_and_its_figures_do_not(server: Server, recorder: Recorder) -> None:
    run_id = server.run("http://shop.test", network={"proxy": recorder.url, "timeout": "5s"})
    record = server.wait_until_ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] == len(recorder.received) > 0
    assert {one.path.startswith("http://shop.test/") for one in recorder.received} == {True}


def test_without_reuse_every_request_has_a_connection_of_its_own(server: Server, recorder: Recorder) -> None:
    record = server.wait_until_ended(server.run(recorder.url, network={"reuse_connections": False}))
    assert (record["total_reqs"] > 0, record["connection_reuse_rate"]) == (True, 0)
    again = server.wait_until_ended(server.run(recorder.url))
    assert again["connection_reuse_rate"] > 0.5


PROXIED = {"proxy_user": USER, "proxy_password": PASSWORD}
SPELLED = {PASSWORD, quote(PASSWORD, safe=""), CREDENTIALS}


def test_the_password_of_a_proxy_reaches_the_proxy_and_nobody_else(
    server: Server, recorder: Recorder
) -> None:
    server.endpoints({"name": "List", "path": "/list", "checks": {"status": 200}}, pacing="50ms")
    telltale = f"Proxy-Authorization: Basic {CREDENTIALS}; {PASSWORD} {quote(PASSWORD, safe='')}"
    recorder.responses["http://shop.test/list"] = CannedResponse(status=500, body=telltale)
    run_id = server.run("http://shop.test", network={"proxy": recorder.url, **PROXIED}, duration="60s")
    stream = Streamed(server, [run_id])
    folder = server.folder(run_id)
    wait_for(lambda: folder.has(PidFile), "k6 was started")
    assert [holder for secret in SPELLED for holder in holders(secret)] == []
    wait_for(lambda: server.get(f"/runs/{run_id}/failures"), "a failing request is shown", within_s=30)
    wait_for(lambda: not folder.has(SecretsFile), "the secrets are removed once k6 is at work")
    assert told_files(server, SPELLED) == []
    assert told_answers(server, [run_id], SPELLED) == []
    server.post("/run/stop", {"run_id": run_id})
    server.wait_until_ended(run_id)
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}
    shown = [one for group in server.get(f"/runs/{run_id}/failures") for one in group["samples"]]
    assert any("***" in (one["response"]["body"] or "") for one in shown)
    assert told_answers(server, [run_id], SPELLED) == []
    assert server.get(f"/runs/{run_id}")["network"] == {"proxy": recorder.url, "proxy_user": USER}
    server.terminate()
    stream.join(10)
    assert [secret for secret in SPELLED if secret in stream.text] == []
    assert told_files(server, SPELLED) == []


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_tunnel_is_opened_for_the_user_alone(
    make_server: Callable[..., Server], tmp_path: Path, kind: str
) -> None:
    server = make_server(PROXY_PASSWORD=PASSWORD)
    server.endpoints({"name": "List", "path": "/list"}, network={"verify_tls": False})
    server.start()
    pair = signed(an_authority(tmp_path), tmp_path, "shop.test")
    with tls_server(pair) as port, proxy_to(kind, port) as proxy:
        by_settings = {"proxy": proxy.url, "proxy_user": USER}
        record = server.wait_until_ended(server.run("https://shop.test", duration="1s", network=by_settings))
        tested = server.post(
            "/run/test-connection", {"base_url": "https://shop.test", "network": by_settings}
        )
        wrong = by_settings | {"proxy_password": "wrong"}
        refused = server.wait_until_ended(
            server.run("https://shop.test", vus=1, duration="1s", network=wrong)
        )
        asked = set(proxy.targets)
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert (tested["status"], asked) == (204, {"shop.test:443"})
    assert refused["status_0"] == refused["total_reqs"] > 0


def test_a_copied_command_travels_the_same_way(server: Server, recorder: Recorder) -> None:
    """As `bin/dashboard run`, and as k6 alone; the password comes from the environment."""
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
    server.environment["PROXY_PASSWORD"] = PASSWORD
    code, out, err = command.run(*just[1:], "--json")
    assert code == 0, err
    record = json.loads(out)["run"]
    assert record["total_reqs"] == len(recorder.received) > 0
    assert server.get(f"/runs/{record['run_id']}")["network"] == network
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}
    recorder.received.clear()
    file = f"-e ENDPOINTS_FILE={server.endpoints_file}"
    text = commands["k6"].replace("bin/k6 run", f"{server.environment['K6_BIN']} run --quiet {file}")
    done = subprocess.run(
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
    assert done.returncode == 0, done.stderr
    assert len(recorder.received) > 0
    assert {one.headers["Proxy-Authorization"] for one in recorder.received} == {f"Basic {CREDENTIALS}"}


@pytest.mark.parametrize("by_file", ["option", "CLIENT_KEY_FILE"])
def test_certificates_of_the_command_line_are_files(server: Server, tmp_path: Path, by_file: str) -> None:
    authority = an_authority(tmp_path)
    client = signed(authority, tmp_path, "client")
    files = ["--ca-certificate", str(authority.certificate), "--client-certificate", str(client.certificate)]
    if by_file == "option":
        files += ["--client-key", str(client.key)]
    else:
        server.environment["CLIENT_KEY_FILE"] = str(client.key)
    with tls_server(signed(authority, tmp_path, "shop.test"), authority.certificate) as port:
        where = ("--base-url", "https://shop.test", "--hosts", f"shop.test=127.0.0.1:{port}")
        code, out, err = CommandLine(server).run("smoke", "--duration", "1s", "--json", *where, *files)
    assert code == 0, err
    record = json.loads(out)["run"]
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert files_with(server.data_dir, client.key.read_text().splitlines()[5]) == []
