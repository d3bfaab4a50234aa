"""Takes secrets out of recorded requests: the run authenticates, or the request refers to an environment variable."""

import re
from typing import Any, Final

from dashboard.discovery.discovered import AuthSuggestion, AuthSuggestionMode, Remark, RequestedValue
from dashboard.discovery.recordings.requests import EndpointDraft, Place, Template
from dashboard.discovery.templates import env_reference
from dashboard.model.secret_names import is_secret_name

_MODES: Final[dict[str, AuthSuggestionMode]] = {"bearer": "bearer", "basic": "basic"}
_MAX_ENV_NAME: Final = 60
_JWT: Final = re.compile(r"(?:Bearer )?eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")
# Names that end like a secret but hold values that everybody may see.
_OPEN: Final = frozenset({"token_type", "grant_type", "tokentype"})


class SecretMask:
    """Masks the secrets of drafts, and collects what a run needs in their place."""

    def __init__(self) -> None:
        self.auth: AuthSuggestion | None = None
        self._requested: dict[str, RequestedValue] = {}

    @property
    def requested_values(self) -> tuple[RequestedValue, ...]:
        """The secrets that the requests refer to as `${env.NAME}`."""
        return tuple(self._requested.values())

    def suggest(self, mode: AuthSuggestionMode, remark: str, **fields: str) -> None:
        """Suggest an authentication mode. The first suggestion counts."""
        self.auth = self.auth or AuthSuggestion(mode=mode, fields=fields, remark=remark)

    def mask(self, draft: EndpointDraft) -> None:
        """Replace all secrets of the draft that are still literal."""
        for name in list(draft.headers):
            self._mask_header(draft, name)
        found: list[str] = []

        def change(place: Place, value: Any) -> Any:
            is_signed_token = isinstance(value, str) and _JWT.fullmatch(value) is not None
            if not is_signed_token and (place.kind == "segment" or not _is_secret(place.name, value)):
                return value
            name = "TOKEN" if place.kind == "segment" or not place.name else place.name
            found.append(name)
            return self.refer_to(name)

        draft.rewrite(change)
        for name in dict.fromkeys(found):
            message = f'"{name}" is a secret, so its value is not imported. Set {_env_name(name)}.'
            draft.remarks.append(Remark("problem", message, name))

    def refer_to(self, name: str) -> Template:
        """Return the template for a secret with this name, and ask for its value."""
        env = _env_name(name)
        reason = f'The value of "{name}" in the recorded requests is a secret.'
        self._requested.setdefault(env, RequestedValue(name=env, reason=reason, is_secret=True))
        return Template(env_reference(env))

    def _mask_header(self, draft: EndpointDraft, name: str) -> None:
        value = draft.headers[name]
        if isinstance(value, Template):
            return
        lower = name.lower()
        if lower == "authorization":
            del draft.headers[name]
            self._suggest_from(value, draft)
        elif is_secret_name(lower):
            self._mask_secret_header(draft, name)

    def _suggest_from(self, value: str, draft: EndpointDraft) -> None:
        scheme = value.partition(" ")[0]
        mode = _MODES.get(scheme.lower())
        if mode is None:
            message = (
                f'The authorization "{scheme[:20]}" is not imported. Only Bearer and Basic are supported.'
            )
            draft.remarks.append(Remark("problem", message, "headers.Authorization"))
        else:
            self.suggest(
                mode, "From the Authorization header. Its value is not imported: enter it for the run."
            )

    def _mask_secret_header(self, draft: EndpointDraft, name: str) -> None:
        is_forgery_token = re.search("csrf|xsrf", name, re.IGNORECASE) is not None
        known = self.auth.fields.get("api_key_header") if self.auth else None
        if not is_forgery_token and self.auth is None:
            remark = f"From the header {name}. Its value is not imported: enter it for the run."
            self.suggest("api_key", remark, api_key_header=name)
            del draft.headers[name]
        elif known is not None and known.lower() == name.lower():
            del draft.headers[name]
        else:
            draft.headers[name] = self.refer_to(name)


def _is_secret(name: str, value: Any) -> bool:
    """Return whether the value of a field is a secret. Numbers and empty values are not."""
    is_open = name.lower() in _OPEN or not isinstance(value, str) or not value
    return not is_open and is_secret_name(name)


def _env_name(name: str) -> str:
    spaced = re.sub("([a-z0-9])([A-Z])", r"\1_\2", name)
    words = re.sub("[^A-Z0-9]+", "_", spaced.upper()).strip("_")[:_MAX_ENV_NAME]
    return f"V_{words}" if not words or words[0].isdecimal() else words
