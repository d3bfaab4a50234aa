from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup import environment as environment
from dashboard.setup.environment import npm_environment, uv_environment
from tests.setup.conftest import FakeTool


@pytest.fixture
def pip_config(fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch) -> None:
    message = "global.index-url='https://mirror.example/simple'\\nglobal.timeout='9'\\n:env:.index-url='x'"
    monkeypatch.setattr("sys.executable", str(fake_tool("python3", f'printf "{message}\\n"')))


@pytest.mark.usefixtures("pip_config")
def test_uv_uses_the_mirror_of_pips_configuration() -> None:
    assert uv_environment({})["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


@pytest.mark.usefixtures("pip_config")
def test_pips_variable_takes_precedence_over_its_configuration() -> None:
    assert (
        uv_environment({"PIP_INDEX_URL": "https://other.example"})["UV_DEFAULT_INDEX"]
        == "https://other.example"
    )


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX_URL"])
@pytest.mark.usefixtures("pip_config")
def test_uvs_own_variables_are_kept(name: str) -> None:
    env = uv_environment({name: "https://mine.example"})
    assert {key: env[key] for key in ("UV_DEFAULT_INDEX", "UV_INDEX_URL") if key in env} == {
        name: "https://mine.example"
    }


@pytest.mark.usefixtures("pip_config")
def test_uv_uses_pips_certificates() -> None:
    assert uv_environment({"PIP_CERT": "/etc/our.pem"})["SSL_CERT_FILE"] == "/etc/our.pem"


@pytest.mark.usefixtures("pip_config")
def test_an_active_environment_of_another_project_is_ignored() -> None:
    assert "VIRTUAL_ENV" not in uv_environment({"VIRTUAL_ENV": "/elsewhere"})


def test_npm_gets_node_first_on_path_and_the_systems_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "certificate_file", lambda _: "/etc/system.pem")
    env = npm_environment({"PATH": "/usr/bin"}, Path("/tools/node/bin/node"))
    assert env["PATH"] == "/tools/node/bin:/usr/bin"
    assert env["NODE_EXTRA_CA_CERTS"] == "/etc/system.pem"


def test_certificates_configured_for_node_are_kept() -> None:
    env = npm_environment(
        {"NODE_EXTRA_CA_CERTS": "/mine.pem", "SSL_CERT_FILE": "/other.pem"}, Path("/n/node")
    )
    assert env["NODE_EXTRA_CA_CERTS"] == "/mine.pem"
