"""A run of the dashboard through names, certificates and proxies of its own; the client's key is seen by k6 alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dashboard.runner.folder import PidFile, SecretsFile
from tests.certificates import an_authority, signed
from tests.e2e.harness import Server, wait_for
from tests.e2e.test_secrets import files_with, holders
from tests.k6.conftest import Recorder, recorder
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
        server.pushed(run_id)
        wait_for(lambda: not folder.has(SecretsFile), "the secrets are removed once k6 is at work")
        record = server.ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] > 0
    assert files_with(server.data_dir, secret) == []
    told = server.get(f"/runs/{run_id}")
    assert secret not in json.dumps(told)
    assert (told["network"]["hosts"], "client_key" in told["network"]) == (network["hosts"], False)


def test_a_run_goes_through_its_proxy_and_its_figures_do_not(server: Server, recorder: Recorder) -> None:
    run_id = server.run("http://shop.test", network={"proxy": recorder.url, "timeout": "5s"})
    record = server.ended(run_id)
    assert record["total_reqs"] == record["status_2xx"] == len(recorder.arrived) > 0
    assert {one.path.startswith("http://shop.test/") for one in recorder.arrived} == {True}


def test_without_reuse_every_request_has_a_connection_of_its_own(server: Server, recorder: Recorder) -> None:
    record = server.ended(server.run(recorder.url, network={"reuse_connections": False}))
    assert (record["total_reqs"] > 0, record["connection_reuse_rate"]) == (True, 0)
    again = server.ended(server.run(recorder.url))
    assert again["connection_reuse_rate"] > 0.5
