"""Turns security schemes into the authentication of a run, and into parameters that take their value from outside."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.discovery.discovered import AuthSuggestion, Json, Remark, RequestedValue
from dashboard.discovery.openapi.references import References
from dashboard.discovery.openapi.versions import members

_GUESSES = (
    ("basic", "basic"),
    ("bearer", "bearer"),
    ("oauth", "bearer"),
    ("jwt", "bearer"),
    ("token", "bearer"),
)
_VARIABLES = {"Basic ": "BASIC_CREDENTIALS", "Bearer ": "ACCESS_TOKEN"}
_REMARKS = {
    "oauth2": "The document asks for OAuth 2. Enter an access token, or choose Keycloak to fetch one.",
    "openIdConnect": "The document asks for OpenID Connect. Enter an access token, or choose Keycloak to fetch one.",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """A security scheme. `mode` is that of the run, or `query` or `cookie` for a key in another place."""

    name: str
    mode: str
    key: str = ""
    remark: str | None = None

    @property
    def identity(self) -> tuple[str, str]:
        return self.mode, self.key.lower() if self.mode == "api_key" else self.key


@dataclass(frozen=True, slots=True)
class SecretParameter:
    """A key that a request sends in its query, a cookie or a header, with its environment variable."""

    place: str
    key: str
    prefix: str = ""

    @property
    def variable(self) -> str:
        return _VARIABLES.get(self.prefix) or variable_name(self.key)


class Security:
    """The authentication of a document. Alternatives are chosen so that one mode serves most operations."""

    def __init__(self, root: Json, references: References) -> None:
        components = root.get("components")
        given = components.get("securitySchemes") if isinstance(components, dict) else None
        given = given if isinstance(given, dict) else root.get("securityDefinitions")
        self._schemes = {
            name: scheme
            for name, one in members(given)
            if (scheme := _scheme(name, references.follow(one))) is not None
        }
        self._default = root.get("security")
        self._main: Scheme | None = None

    def choose(self, operations: Iterable[Json]) -> AuthSuggestion | None:
        """Choose the mode that serves most operations. Return it; None if no operation needs one."""
        counts: Counter[tuple[str, str]] = Counter()
        first: dict[tuple[str, str], Scheme] = {}
        for operation in operations:
            alternatives = self._alternatives(operation)
            for scheme in dict.fromkeys(one for alternative in alternatives for one in alternative):
                counts[scheme.identity] += 1
                first.setdefault(scheme.identity, scheme)
        usable = [identity for identity in first if identity[0] in ("bearer", "basic", "api_key")]
        if not usable:
            return None
        self._main = first[max(usable, key=lambda identity: counts[identity])]
        fields = {"api_key_header": self._main.key} if self._main.mode == "api_key" else {}
        mode = self._main.mode
        assert mode in ("bearer", "basic", "api_key")  # noqa: S101 - narrows the type
        return AuthSuggestion(mode=mode, fields=fields, remark=self._main.remark)  # type: ignore[arg-type]

    @property
    def sets_authorization(self) -> bool:
        """Whether the authentication of the run sets the Authorization header."""
        main = self._main
        return main is not None and (main.mode != "api_key" or main.key.lower() == "authorization")

    def parameters_of(self, operation: Json) -> list[SecretParameter]:
        """Return what the operation needs beside the authentication of the run."""
        alternatives = self._alternatives(operation)
        if not alternatives:
            return []
        chosen = min(alternatives, key=self._cost)
        return [parameter for scheme in chosen if (parameter := self._parameter(scheme))]

    def _cost(self, alternative: tuple[Scheme, ...]) -> int:
        return sum(self._parameter(scheme) is not None for scheme in alternative)

    def _parameter(self, scheme: Scheme) -> SecretParameter | None:
        if self._main is not None and scheme.identity == self._main.identity:
            return None
        if scheme.mode in ("query", "cookie"):
            return SecretParameter(scheme.mode, scheme.key)
        if scheme.mode == "api_key":
            return SecretParameter("header", scheme.key)
        return SecretParameter("header", "Authorization", f"{scheme.mode.capitalize()} ")

    def _alternatives(self, operation: Json) -> list[tuple[Scheme, ...]]:
        """Return the sets of schemes of which the operation needs one; empty if it needs none."""
        given = operation.get("security", self._default)
        alternatives = []
        for one in given if isinstance(given, list) else []:
            if not isinstance(one, dict) or not one:
                return []
            schemes = [self._scheme_named(str(name)) for name in one]
            if all(scheme is not None for scheme in schemes):
                alternatives.append(tuple(scheme for scheme in schemes if scheme is not None))
        return alternatives

    def _scheme_named(self, name: str) -> Scheme | None:
        """Return the scheme. The mode of one that the document does not define is guessed from its name."""
        if name not in self._schemes:
            mode = next((mode for word, mode in _GUESSES if word in name.lower()), None)
            if mode is None:
                return None
            remark = f'The document does not define its security scheme "{name}". The mode is a guess from the name.'
            self._schemes[name] = Scheme(name, mode, remark=remark)
        return self._schemes[name]


def _scheme(name: str, given: Json) -> Scheme | None:
    kind, key = str(given.get("type")).lower(), given.get("name")
    if kind == "apikey" and isinstance(key, str) and key:
        place = str(given.get("in")).lower()
        mode = {"header": "api_key", "query": "query", "cookie": "cookie"}.get(place)
        return Scheme(name, mode, key) if mode else None
    if kind in ("oauth2", "openidconnect"):
        return Scheme(name, "bearer", remark=_REMARKS["oauth2" if kind == "oauth2" else "openIdConnect"])
    scheme = str(given.get("scheme", "")).lower() if kind == "http" else kind
    return Scheme(name, scheme) if scheme in ("basic", "bearer") else None


def variable_name(key: str) -> str:
    """Return the name of the environment variable for a key, such as `X_API_KEY`."""
    name = re.sub(r"[^A-Z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key).upper()).strip("_")[:60]
    return name if name and not name[0].isdigit() else f"KEY_{name}".rstrip("_")


def requested_secret(parameter: SecretParameter) -> RequestedValue:
    """Return the request for the value of a secret parameter."""
    form = " It is the Base64 of user:password." if parameter.prefix == "Basic " else ""
    reason = f"Some requests authenticate with it in their {parameter.place}: {parameter.key}.{form}"
    return RequestedValue(name=parameter.variable, reason=reason, is_secret=True)


def remark_of(parameter: SecretParameter) -> Remark:
    """Return the remark of a request with a secret parameter."""
    message = f"Set {parameter.variable}: the request authenticates with it in its {parameter.place}."
    return Remark("note", message, "path" if parameter.place == "query" else "headers")
