"""The server knows which connection is the proxy's, also for requests with a body, whatever their headers state."""

import copy
import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from dashboard.access.access import Access
from dashboard.api.http.gate import header_check_of
from dashboard.app import create_app
from dashboard.connections.limits import ConnectionOptions
from dashboard.services import Services
from tests.api.conftest import idle_services
from tests.connections.conftest import run_server

__all__ = ["idle_services"]
HEADERS = {"X-Forwarded-User": "ann", "X-Forwarded-Role": "admin", "X-Forwarded-For": "192.0.2.1"}


@pytest.fixture(params=["127.0.0.1", "10.9.9.9"])
def proxy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(proxy: str, idle_services: Services, tmp_path: Path) -> Iterator[int]:
    """The port of a server whose trusted proxy is this test, or another machine."""
    services = copy.copy(idle_services)
    services.settings = idle_services.settings.model_copy(
        update={
            "trusted_proxy": proxy,
            "auth_proxy_user_header": "X-Forwarded-User",
            "auth_proxy_role_header": "X-Forwarded-Role",
            "dashboard_token": SecretStr("test-token"),
        }
    )
    services.access = Access(services.settings)
    app = create_app(services, static=tmp_path)
    options = ConnectionOptions(trusted_proxy=proxy, header_check=header_check_of(app))
    with run_server(app, options) as server:
        yield server.port


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [HEADERS, HEADERS | {"X-Forwarded-For": "127.0.0.1"}, HEADERS | {"Forwarded": "for=127.0.0.1"}],
    ids=["client", "loopback", "forwarded"],
)
def test_only_the_connection_of_the_proxy_counts(
    port: int, proxy: str, method: str, headers: dict[str, str]
) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    path, body = ("/session", None) if method == "GET" else ("/run/plan", b'{"profile": "smoke"}')
    client.request(method, path, body, headers | {"Content-Type": "application/json"})
    answer = client.getresponse()

    assert answer.status == (200 if proxy == "127.0.0.1" else 401)
    client.close()


@pytest.mark.parametrize("proxy", ["127.0.0.1"], indirect=True)
def test_a_header_with_underscores_is_ignored(port: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    client.request("GET", "/session", headers={"X_Forwarded_User": "ann", "X_Forwarded_Role": "admin"})

    assert client.getresponse().status == 401
    client.close()
