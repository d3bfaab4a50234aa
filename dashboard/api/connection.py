"""The connection test: one guarded request, told in words."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dashboard import __version__
from dashboard.access import is_loopback
from dashboard.addresses import Guard
from dashboard.api.shapes.bodies import TestConnectionBody
from dashboard.api.shapes.general import ConnectionAnswer
from dashboard.model.durations import parse_duration
from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.proxies import Proxy
from dashboard.runs.start.auth import Auth, auth_of
from dashboard.runs.start.certificates import tls_of
from dashboard.runs.start.network import CLIENT_KEY, PROXY_PASSWORD, guard_way, kept_secrets, network_of
from dashboard.runs.start.request import target_of
from dashboard.runs.start.token_request import NoToken, token_in

MOST_PATIENCE_S = 30.0
PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080}

if TYPE_CHECKING:
    from dashboard.outbound import Way
    from dashboard.runs.start.token_request import Order
    from dashboard.services import Services
    from dashboard.settings import Settings


def connection_answer(
    body: TestConnectionBody, services: "Services", own_port: str | None
) -> ConnectionAnswer:
    """Ask the target once. Raises InvalidRequest, Forbidden or Refused for an address that is not asked."""
    from dashboard.outbound import NoAnswer, fetch  # urllib3 costs 50 ms that a start need not pay

    base_url = target_of(body.base_url, services.settings)
    url = urlsplit(base_url + path_of(body.path))
    way, verify_tls = way_of(body, base_url, services)
    auth = auth_of(
        body.auth_mode, body.credentials(), services.settings, base_url=base_url, verify_tls=verify_tls
    )
    guard = guard_of(services, own_port)
    headers = {"User-Agent": f"k6-dashboard/{__version__}", "Accept": "*/*"}
    try:
        headers |= header_of(auth, body, services.settings, guard)
        got = fetch(url, guard, headers=headers, way=way)
    except (NoAnswer, NoToken) as why:
        return ConnectionAnswer(ok=False, status=None, duration_ms=None, message=str(why))
    return ConnectionAnswer(
        ok=got.status < 400,
        status=got.status,
        duration_ms=round(got.duration_ms, 3),
        message=words(got.status, got.location, got.duration_ms),
    )


def way_of(body: TestConnectionBody, base_url: str, services: "Services") -> "tuple[Way, bool]":
    """How a request of a run would travel, and whether certificates are checked. Raises InvalidRequest, Forbidden."""
    from dashboard.outbound import TIMEOUT_S, Way

    file = network_of_file(services)
    asked = body.network.model_dump() if body.network else {}
    given, keys = network_of(asked, kept_secrets(services.settings))
    guard_way(base_url, given, file.get("hosts", {}), 0, services.settings, confirmed=True)
    known = file | given
    verify = known.get("verify_tls", True)
    timeout = known.get("timeout")
    key = base64.b64decode(keys[CLIENT_KEY]).decode() if CLIENT_KEY in keys else None
    way = Way(
        hosts={**file.get("hosts", {}), **given.get("hosts", {})},
        tls=tls_of(given, key, verify=verify),
        proxy=_proxy(given, keys.get(PROXY_PASSWORD, "")),
        timeout_s=TIMEOUT_S if timeout is None else min(parse_duration(str(timeout)), MOST_PATIENCE_S),
    )
    return way, verify


def network_of_file(services: "Services") -> dict[str, Any]:
    """What the endpoints file says of it; a file that cannot be used says nothing here."""
    try:
        network = services.endpoints.read().checked.network
    except (InvalidRequest, NotFound):
        return {}
    return network.model_dump(exclude_none=True) if network else {}


def _proxy(network: dict[str, Any], password: str) -> Proxy | None:
    if "proxy" not in network:
        return None
    url = urlsplit(str(network["proxy"]))
    usual = PROXY_PORTS[url.scheme]
    host, user = url.hostname or "", network.get("proxy_user")
    return Proxy(scheme=url.scheme, host=host, port=url.port or usual, user=user, password=password)


def guard_of(services: "Services", own_port: str | None) -> Guard:
    """Neither the dashboard itself nor a run's k6 is asked."""
    ports = {services.supervisor.rest_port(run.run_id) for run in services.supervisor.live()}
    ports.add(int(own_port) if own_port else None)
    return Guard(is_loopback(services.settings.dashboard_host), frozenset(p for p in ports if p is not None))


def path_of(text: str) -> str:
    """The path to ask for. Raises InvalidRequest."""
    if (
        not text.startswith("/")
        or "#" in text
        or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text)
    ):
        raise InvalidRequest.field("path", 'must start with "/" and have no spaces or "#"')
    return text


def header_of(auth: Auth, body: TestConnectionBody, settings: "Settings", guard: Guard) -> dict[str, str]:
    """The header that a run with the same fields would send. Raises NoAnswer, NoToken, Refused."""
    if auth.order is not None:
        return {"Authorization": f"Bearer {auth.order.token or fresh_token(auth.order, guard)}"}
    if auth.mode == "bearer":
        return {"Authorization": f"Bearer {auth.secrets['AUTH_TOKEN']}"}
    if auth.mode == "basic":
        pair = f"{auth.secrets['AUTH_BASIC_USER']}:{auth.secrets['AUTH_BASIC_PASS']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if auth.mode == "api_key":
        return {body.auth_api_key_header or settings.auth_api_key_header: auth.secrets["AUTH_API_KEY"]}
    return {}


def fresh_token(order: "Order", guard: Guard) -> str:
    """A token from the server that a run would ask. Raises NoToken, Refused."""
    from dashboard.outbound import NoAnswer, Way, fetch

    url = urlsplit(order.url)
    body = order.body.encode() if order.body else None
    what = f"No token could be had from the token server {url.netloc}"
    try:
        way = Way(tls=tls_of({}, None, verify=order.verify_tls))
        got = fetch(url, guard, headers=order.headers, method=order.method, body=body, way=way)
        return token_in(order, got.status, got.location, got.body)
    except NoAnswer as why:
        raise NoToken(f"{what}. {why}") from None
    except NoToken as why:
        raise NoToken(f"{what}: {why}.") from None


def words(status: int, location: str | None, duration_ms: float) -> str:
    """What the answer means."""
    took = f"{status} in {duration_ms:.0f} ms"
    if 300 <= status < 400 and location:
        return f"{took}: redirects to {location[:200]}, which was not followed."
    if status in (401, 403):
        return f"{took}: the target wants other credentials."
    if status >= 500:
        return f"{took}: the target answers, with an error of its own."
    if status >= 400:
        return f"{took}: the target answers, but not this path."
    return f"{took}."
