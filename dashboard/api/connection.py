"""The connection test: one guarded request, told in words."""

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dashboard import __version__
from dashboard.access import is_loopback
from dashboard.addresses import Guard
from dashboard.api.bodies import Auth, TestConnectionBody
from dashboard.api.shapes import ConnectionAnswer
from dashboard.model.errors import InvalidRequest
from dashboard.runs.requests import StartRequest, auth_of, target_of

if TYPE_CHECKING:
    from dashboard.services import Services
    from dashboard.settings import Settings


def connection_answer(
    body: TestConnectionBody, services: "Services", own_port: str | None
) -> ConnectionAnswer:
    """Ask the target once. Raises InvalidRequest, Forbidden or Refused for an address that is not asked."""
    from dashboard.outbound import NoAnswer, fetch  # urllib3 costs 50 ms that a start need not pay

    url = urlsplit(target_of(body.base_url, services.settings) + path_of(body.path))
    headers = {"User-Agent": f"k6-dashboard/{__version__}", "Accept": "*/*"}
    headers |= credentials_of(body, services.settings)
    live = services.supervisor.live()
    ports = {services.supervisor.rest_port(run.run_id) for run in live} | {
        int(own_port) if own_port else None
    }
    guard = Guard(is_loopback(services.settings.dashboard_host), frozenset(p for p in ports if p is not None))
    try:
        got = fetch(url, guard, headers=headers)
    except NoAnswer as why:
        return ConnectionAnswer(ok=False, status=None, duration_ms=None, message=str(why))
    return ConnectionAnswer(
        ok=got.status < 400,
        status=got.status,
        duration_ms=round(got.duration_ms, 3),
        message=words(got.status, got.location, got.duration_ms),
    )


def path_of(text: str) -> str:
    """The path to ask for. Raises InvalidRequest."""
    if (
        not text.startswith("/")
        or "#" in text
        or any(ord(letter) <= 32 or ord(letter) == 127 for letter in text)
    ):
        raise InvalidRequest.field("path", 'must start with "/" and have no spaces or "#"')
    return text


def credentials_of(body: Auth, settings: "Settings") -> dict[str, str]:
    """The header that a run with the same fields would send."""
    given = body.model_dump(
        include={"auth_token", "auth_basic_user", "auth_basic_pass", "auth_api_key"}, exclude_none=True
    )
    mode, secrets = auth_of(StartRequest(profile="smoke", auth_mode=body.auth_mode, secrets=given), settings)
    if mode == "bearer":
        return {"Authorization": f"Bearer {secrets['AUTH_TOKEN']}"}
    if mode == "basic":
        pair = f"{secrets['AUTH_BASIC_USER']}:{secrets['AUTH_BASIC_PASS']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    if mode == "api_key":
        return {body.auth_api_key_header or settings.auth_api_key_header: secrets["AUTH_API_KEY"]}
    return {}


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
