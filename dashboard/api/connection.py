"""The connection test: one guarded request to the target, sent as a run would send it."""

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dashboard import __version__
from dashboard.api.shapes.bodies import TestConnectionBody
from dashboard.api.shapes.connection import ConnectionAnswer
from dashboard.model.durations import parse_duration
from dashboard.model.errors import InvalidRequest, NotFound
from dashboard.model.identity import LOCAL, Identity
from dashboard.outbound.addresses import AddressGuard
from dashboard.outbound.proxies import Proxy
from dashboard.outbound.route import DEFAULT_TIMEOUT_S, Route
from dashboard.runs.start.auth import ResolvedAuth, resolve_auth
from dashboard.runs.start.certificates import tls_context
from dashboard.runs.start.network import CLIENT_KEY, PROXY_PASSWORD, network_secrets, resolve_network
from dashboard.runs.start.stored_secrets import target_of
from dashboard.runs.start.targets import check_targets, rerouted_by, resolve_target
from dashboard.runs.start.token_request import NoToken, token_from_response

MAX_TIMEOUT_S = 30.0
PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080}

if TYPE_CHECKING:
    from dashboard.runs.start.token_request import TokenRequest
    from dashboard.services import Services


def connection_answer(
    body: TestConnectionBody, services: "Services", identity: Identity = LOCAL
) -> ConnectionAnswer:
    """Send one request to the target. Raises InvalidRequest, Forbidden, AddressRefused."""
    # importing requests takes 100 ms, too much for a server start
    from dashboard.outbound.client import fetch
    from dashboard.outbound.failures import NoResponse

    base_url = resolve_target(body.base_url, services.settings)
    url = urlsplit(base_url + checked_path(body.path))
    route, auth = resolve_route_and_auth(body, services, identity, base_url)
    guard = AddressGuard(services.target_gate().own_ports)
    headers = {"User-Agent": f"k6-dashboard/{__version__}", "Accept": "*/*"}
    try:
        headers |= auth_header(auth, guard)
        response = fetch(url, guard, headers=headers, route=route)
    except (NoResponse, NoToken) as error:
        return ConnectionAnswer(ok=False, status=None, duration_ms=None, message=str(error))
    return ConnectionAnswer(
        ok=response.status < 400,
        status=response.status,
        duration_ms=round(response.duration_ms, 3),
        message=describe(response.status, response.location, response.duration_ms),
    )


def resolve_route_and_auth(
    body: TestConnectionBody, services: "Services", identity: Identity, base_url: str
) -> tuple[Route, ResolvedAuth]:
    """Return how the request travels and authenticates. Raises InvalidRequest, Forbidden, AddressRefused."""
    settings = services.settings
    gate = services.target_gate().limited_to(identity.limits.targets, identity.who)
    file_options = file_network(services)
    file_hosts = file_options.get("hosts", {})
    request = body.to_network()
    network, secrets = resolve_network(request, network_secrets(settings, request.proxy))
    check_targets(gate, base_url, network, file_hosts)
    options = file_options | network
    verify = options.get("verify_tls", True)
    timeout = options.get("timeout")
    key = base64.b64decode(secrets[CLIENT_KEY]).decode() if CLIENT_KEY in secrets else None
    route = Route(
        hosts={**file_hosts, **network.get("hosts", {})},
        tls=tls_context(network, key, verify=verify),
        proxy=_proxy(network, secrets.get(PROXY_PASSWORD, "")),
        timeout_s=DEFAULT_TIMEOUT_S if timeout is None else min(parse_duration(str(timeout)), MAX_TIMEOUT_S),
    )
    target = target_of(settings, base_url, rerouted_by(base_url, network, {}, verify_tls=verify))
    return route, resolve_auth(body.to_auth(), settings, gate, target, verify_tls=verify)


def file_network(services: "Services") -> dict[str, Any]:
    """Return the network options of the endpoints file. Empty when the file cannot be used."""
    try:
        network = services.endpoints.read().checked.network
    except (InvalidRequest, NotFound):
        return {}
    return network.model_dump(exclude_none=True) if network else {}


def _proxy(network: dict[str, Any], password: str) -> Proxy | None:
    if "proxy" not in network:
        return None
    url = urlsplit(str(network["proxy"]))
    port = url.port or PROXY_PORTS[url.scheme]
    host, user = url.hostname or "", network.get("proxy_user")
    return Proxy(scheme=url.scheme, host=host, port=port, user=user, password=password)


def checked_path(text: str) -> str:
    """Return `text` if it is a valid path of a request. Raises InvalidRequest."""
    is_path = text.startswith("/") and "#" not in text
    if not is_path or any(ord(character) <= 32 or ord(character) == 127 for character in text):
        raise InvalidRequest.field("path", 'must start with "/" and must not contain spaces or "#"')
    return text


def auth_header(auth: ResolvedAuth, guard: AddressGuard) -> dict[str, str]:
    """Return the header that a run with this authentication would send. Raises NoResponse, NoToken, AddressRefused."""
    if auth.token_request is not None:
        return {"Authorization": f"Bearer {auth.token_request.token or new_token(auth.token_request, guard)}"}
    if auth.mode == "bearer":
        return {"Authorization": f"Bearer {auth.secrets['AUTH_TOKEN']}"}
    if auth.mode == "basic":
        pair = f"{auth.secrets['AUTH_BASIC_USER']}:{auth.secrets['AUTH_BASIC_PASS']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if auth.api_key_header is not None:
        return {auth.api_key_header: auth.secrets["AUTH_API_KEY"]}
    return {}


def new_token(request: "TokenRequest", guard: AddressGuard) -> str:
    """Request a token from the token server of a run. Raises NoToken, AddressRefused."""
    from dashboard.outbound.client import fetch
    from dashboard.outbound.failures import NoResponse

    url = urlsplit(request.url)
    body = request.body.encode() if request.body else None
    problem = f"The token server {url.netloc} returned no token"
    try:
        route = Route(tls=tls_context({}, None, verify=request.verify_tls))
        response = fetch(url, guard, headers=request.headers, method=request.method, body=body, route=route)
        return token_from_response(request, response.status, response.location, response.body)
    except NoResponse as error:
        raise NoToken(f"{problem}. {error}") from None
    except NoToken as error:
        raise NoToken(f"{problem}: {error}.") from None


def describe(status: int, location: str | None, duration_ms: float) -> str:
    """Describe the result of the connection test."""
    result = f"{status} in {duration_ms:.0f} ms"
    if 300 <= status < 400 and location:
        return f"{result}: redirects to {location[:200]}. The redirect was not followed."
    if status in (401, 403):
        return f"{result}: the target rejects the credentials."
    if status >= 500:
        return f"{result}: the target responds with a server error."
    if status == 404:
        return f"{result}: the target responds, but not on this path."
    if status >= 400:
        return f"{result}: the target rejects the request."
    return f"{result}."
