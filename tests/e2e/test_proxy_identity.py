"""A real nginx signs users in and states who they are, with the configuration of docs/access.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from dashboard.runner import ports
from tests.e2e.harness import Server, wait_for
from tests.fakes.fake_k6_factory import make_fake_k6
from tests.support.nginx import examples, running_nginx, with_changes

pytestmark = pytest.mark.k6

# Not the address from which this test connects to the dashboard, so that both kinds of connections can be told apart.
PROXY_ADDRESS = "127.0.0.2"
SETTINGS = {
    "TRUSTED_PROXY": PROXY_ADDRESS,
    "AUTH_PROXY_USER_HEADER": "X-Forwarded-User",
    "AUTH_PROXY_ROLE_HEADER": "X-Forwarded-Role",
}
ROLES = {"ann": "admin", "bob": "runner", "carl": "viewer"}
START = {"profile": "smoke", "base_url": "http://127.0.0.1:9"}


@dataclass(frozen=True)
class Proxied:
    """A dashboard behind nginx. `url` is that of nginx."""

    url: str
    server: Server

    def request(self, method: str, path: str, user: str, **more: object) -> requests.Response:
        return requests.request(method, self.url + path, auth=(user, f"{user}-password"), timeout=20, **more)  # type: ignore[arg-type]


@pytest.fixture
def proxied(nginx_bin: Path, make_server: Callable[..., Server], tmp_path: Path) -> Iterator[Proxied]:
    server = make_server(k6=make_fake_k6(tmp_path, "ok-30"), **SETTINGS)
    server.endpoints({"name": "Home"})
    server.start()
    url = f"http://127.0.0.1:{ports.free_port()}"
    with running_nginx(nginx_bin, tmp_path, example(tmp_path, url, server.url), lambda: get_status(url)):
        yield Proxied(url, server)


def example(folder: Path, url: str, server_url: str) -> str:
    """Return the example of the manual with other addresses."""
    users = folder / "users"
    users.write_text("".join(f"{user}:{{PLAIN}}{user}-password\n" for user in ROLES))
    changes = (
        ("127.0.0.1:8080", url.removeprefix("http://")),
        ("http://127.0.0.1:5656", f"{server_url}; proxy_bind {PROXY_ADDRESS}"),
        ("/etc/nginx/dashboard.htpasswd", str(users)),
    )
    return with_changes(examples("access.md")[0], changes)


def get_status(url: str) -> int:
    return requests.get(url, timeout=1).status_code


def test_each_user_has_the_role_that_the_proxy_states(proxied: Proxied) -> None:
    for user, role in ROLES.items():
        session = proxied.request("GET", "/session", user).json()
        assert (session["who"], session["role"]) == (user, role)
    assert requests.get(proxied.url + "/session", auth=("ann", "wrong"), timeout=20).status_code == 401


def test_a_client_cannot_state_another_user_or_role(proxied: Proxied) -> None:
    forged = {"X-Forwarded-User": "ann", "X-Forwarded-Role": "admin"}
    session = proxied.request("GET", "/session", "carl", headers=forged).json()
    direct = requests.get(proxied.server.url + "/session", headers=forged, timeout=20)

    assert (session["who"], session["role"]) == ("carl", "viewer")
    assert direct.status_code == 401


def test_roles_apply_to_requests_through_the_proxy(proxied: Proxied) -> None:
    assert proxied.request("POST", "/run/start", "carl", json=START).status_code == 403
    started = proxied.request("POST", "/run/start", "bob", json=START)
    assert started.status_code == 201
    run_id = started.json()["run_id"]
    assert (
        proxied.request("POST", "/run/stop", "bob", json={"run_id": run_id, "now": True}).status_code == 200
    )
    wait_for(
        lambda: proxied.request("GET", f"/runs/{run_id}", "carl").json()["run"]["ended_at"],
        "the run has ended",
    )
    assert proxied.request("DELETE", f"/runs/{run_id}", "bob").status_code == 403
    assert proxied.request("DELETE", f"/runs/{run_id}", "ann").status_code == 204


def test_other_websites_cannot_use_the_session_of_the_proxy(proxied: Proxied) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = proxied.request("POST", "/run/start", "ann", json=START, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (
            403,
            "Requests from other websites are not allowed.",
        )


def test_the_page_and_live_events_pass_the_proxy(proxied: Proxied) -> None:
    page = proxied.request("GET", "/session", "carl", headers={"Origin": proxied.url})
    with proxied.request("GET", "/stream?topics=runs", "carl", stream=True) as stream:
        first = next(stream.iter_lines(decode_unicode=True))

    assert page.status_code == 200
    assert first.startswith("id: ")
