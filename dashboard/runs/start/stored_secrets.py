"""A secret of the settings goes only to the origin that the settings name for it. Any other origin needs a new one.

Without this rule, whoever may start a run could send a secret that they cannot read to a server of their own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.endpoints.file import LoadedDocument
from dashboard.model.errors import InvalidRequest
from dashboard.model.origins import origin_of
from dashboard.model.secret_names import is_secret_variable
from dashboard.settings import Settings

_TARGET_SECRETS: Final = {"bearer": "auth_token", "basic": "auth_basic_pass", "api_key": "auth_api_key"}
_VARIABLE: Final = re.compile(r"\$\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a secret would go, and the URL in the settings that the stored secret is for.

    `rerouted_by` is the field of the request that sends the requests for `url` to another machine.
    """

    setting: str
    url: str
    stored_url: str
    rerouted_by: str | None = None

    def objection(self) -> str | None:
        """Return why a stored secret does not go to this destination; None if it does."""
        stored, actual = origin_of(self.stored_url), origin_of(self.url)
        if stored is None:
            return f"is stored without {self.setting}. Enter it again, or set {self.setting} to the URL that it is for"
        if stored != actual:
            return f"is stored for {stored}, not for {actual}. Enter it again to send it there"
        if self.rerouted_by:
            return f"is stored for {stored}, but {self.rerouted_by} leads to another machine. Enter it again"
        return None


def target_of(settings: Settings, base_url: str, rerouted_by: str | None) -> Destination:
    """Return the target of a run as the destination of secrets."""
    return Destination(
        setting="BASE_URL", url=base_url, stored_url=settings.base_url, rerouted_by=rerouted_by
    )


def token_server_of(settings: Settings, source: str, url: str) -> Destination:
    """Return the token server at `url` as the destination of secrets."""
    if source == "keycloak":
        return Destination(setting="AUTH_HOST", url=url, stored_url=settings.auth_host)
    endpoint = settings.auth_refresh_endpoint
    stored = settings.base_url.rstrip("/") + endpoint if endpoint.startswith("/") else endpoint
    return Destination(setting="AUTH_REFRESH_ENDPOINT", url=url, stored_url=stored)


def check_stored_secrets(
    mode: str,
    source: str,
    values: Mapping[str, str],
    typed: Mapping[str, str],
    target: Destination,
    token_server: Destination | None,
) -> None:
    """Check every secret that is sent and not in `typed`. Raises InvalidRequest with the field of the secret.

    A token that a stored secret obtains goes to the target, so the secret has to be for both.
    """
    direct = _TARGET_SECRETS.get(mode)
    pairs = [(direct, target)] if direct else []
    if token_server is not None:
        sent = _secrets_of_token_request(mode, source, values)
        pairs += [(name, place) for name in sent for place in (token_server, target)]
    for name, place in pairs:
        if values[name] and not typed.get(name) and (objection := place.objection()):
            raise InvalidRequest.field(name, objection)


def check_stored_variables(
    document: LoadedDocument, settings: Settings, environment: Mapping[str, str], target: Destination
) -> None:
    """Check the secret variables that the endpoints file sends to the target. Raises InvalidRequest."""
    used = set(_VARIABLE.findall(_text_of(document.data))) & set(settings.endpoints_env)
    for name in sorted(name for name in used if name in environment and is_secret_variable(name)):
        if objection := target.objection():
            reason = objection.partition(". ")[0]
            remedy = f"Set BASE_URL to the target that {name} is for, or remove it from ENDPOINTS_ENV"
            raise InvalidRequest.field(
                "base_url", f"${{env.{name}}} of the endpoints file {reason}. {remedy}"
            )


def _secrets_of_token_request(mode: str, source: str, values: Mapping[str, str]) -> list[str]:
    if source == "keycloak":
        return ["auth_client_secret"]
    has_body = bool(values["auth_refresh_body"])
    names = ["auth_refresh_body" if has_body else "auth_client_secret", "auth_refresh_headers"]
    if mode == "bearer":
        return [*names, "auth_token"]
    return [*names, "auth_basic_pass"] if values["auth_basic_user"] else names


def _text_of(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)
