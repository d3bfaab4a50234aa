"""Resolves `{{name}}` in the texts of a collection."""

import re
from collections.abc import Mapping
from typing import Any, Final

from dashboard.discovery.discovered import Json, Remark, RequestedValue, UnreadableDocument
from dashboard.discovery.postman.shape import enabled, text_of
from dashboard.discovery.recordings.requests import Template
from dashboard.discovery.templates import escaped
from dashboard.model.secret_names import is_secret_name

_VARIABLE: Final = re.compile(r"\{\{\s*([^{}]{1,200}?)\s*\}\}")
_MAX_DEPTH: Final = 20
_MAX_TEXT: Final = 1_000_000
_TEMPLATES: Final = {
    **dict.fromkeys(("$guid", "$randomUUID"), "${uuid}"),
    "$timestamp": "${timestamp}",
    "$randomInt": "${randomInt(0,1000)}",
    "$randomEmail": "user-${uuid}@example.com",
    "$randomUserName": "user${randomInt(1,999999)}",
    "$randomAlphaNumeric": "${randomInt(0,9)}",
    "$randomPrice": "${randomInt(1,1000)}",
}
_SAMPLES: Final = {
    "$isoTimestamp": "2025-01-15T12:00:00.000Z",
    "$randomBoolean": "true",
    "$randomFirstName": "Ann",
    "$randomLastName": "Miller",
    "$randomFullName": "Ann Miller",
    "$randomCity": "Springfield",
    "$randomCountry": "Norway",
    "$randomCountryCode": "NO",
    "$randomPhoneNumber": "202-555-0123",
    "$randomUrl": "https://example.com/",
    "$randomIP": "192.0.2.1",
}


class CollectionVariables:
    """The variables of a collection, with those of the folders that are open."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._answers = values
        self.scopes: list[dict[str, str]] = []
        self.requested: dict[str, RequestedValue] = {}
        self.remarks: list[Remark] = []
        self.provided: dict[str, str] = {}
        self.used: set[str] = set()
        self._secrets: set[str] = set()
        self._environment: dict[str, str] = {}

    def scope_of(self, item: Json) -> dict[str, str]:
        """Return the variables that an item defines. The last of two with the same name counts."""
        listed = [*enabled(item.get("variables")), *enabled(item.get("variable"))]
        self._secrets |= {str(one.get("key")) for one in listed if one.get("type") == "secret"}
        return {str(one.get("key") or one.get("id")): text_of(one.get("value")) for one in listed}

    def fill(self, text: str) -> str:
        """Return the text, or a template if a value is not known."""
        return self._fill(text, 0)

    def ask(self, name: str, reason: str, *, is_secret: bool = False) -> str:
        """Return the template for a value that the collection does not contain."""
        env = self._environment_name(name)
        self.requested.setdefault(env, RequestedValue(name=env, reason=reason, is_secret=is_secret))
        return Template(f"${{env.{env}}}")

    def provide(self, name: str) -> str:
        """Use a value of an earlier response for a variable from now on, and return its key in the data."""
        if name not in self.provided:
            base = re.sub("[^A-Za-z0-9_]+", "_", name)[:50]
            base = f"v_{base}" if not base or base[0].isdigit() else base
            taken = set(self.provided.values())
            self.provided[name] = base if base not in taken else f"{base}_{len(taken)}"
        return self.provided[name]

    def value_of(self, name: str) -> str | None:
        """Return the value of a variable, None if it is not known. An empty value is not known."""
        answer = self._answers.get(name) or self._answers.get(self._environment_name(name))
        return answer or next((scope[name] for scope in reversed(self.scopes) if scope.get(name)), None)

    def _fill(self, text: str, depth: int) -> str:
        parts: list[str] = []
        end = 0
        for match in _VARIABLE.finditer(text):
            parts += [text[end : match.start()], self._resolve(match[1], depth)]
            end = match.end()
        parts.append(text[end:])
        if sum(map(len, parts)) > _MAX_TEXT:
            raise UnreadableDocument("The variables of the collection make a text longer than 1 MB.")
        if not any(isinstance(part, Template) for part in parts):
            return "".join(parts)
        return Template("".join(part if isinstance(part, Template) else escaped(part) for part in parts))

    def _resolve(self, name: str, depth: int) -> str:
        if name.startswith("$"):
            return self._dynamic(name)
        if name in self.provided and name not in self._answers:
            self.used.add(name)
            return Template(f"${{data.{self.provided[name]}}}")
        value = self.value_of(name)
        if is_secret_name(name) or name in self._secrets:
            return self.ask(name, f'The variable "{name[:80]}" is a secret.', is_secret=True)
        if value is None or depth >= _MAX_DEPTH:
            return self.ask(name, f'The collection does not contain a value of the variable "{name[:80]}".')
        return self._fill(value, depth + 1)

    def _dynamic(self, name: str) -> str:
        if name in _TEMPLATES:
            self.remarks.append(Remark("guess", f"{_TEMPLATES[name]} is used for {{{{{name}}}}}."))
            return Template(_TEMPLATES[name])
        value = _SAMPLES.get(name, "example")
        self.remarks.append(Remark("guess", f'"{value}" is a sample value for {{{{{name[:60]}}}}}.'))
        return value

    def _environment_name(self, name: str) -> str:
        """Return a name for an environment variable. Two variables never share one."""
        if name not in self._environment:
            base = re.sub("[^A-Z0-9]+", "_", re.sub("([a-z0-9])([A-Z])", r"\1_\2", name).upper()).strip("_")[
                :50
            ]
            base = f"V_{base}" if not base or base[0].isdigit() else base
            env, number = base, 2
            while env in self._environment.values():
                env, number = f"{base}_{number}", number + 1
            self._environment[name] = env
        return self._environment[name]


def filled(value: Any, variables: CollectionVariables, depth: int = 0) -> Any:
    """Return a JSON value with filled texts."""
    if isinstance(value, str):
        return variables.fill(value)
    if depth > _MAX_DEPTH * 3:
        return value
    if isinstance(value, list):
        return [filled(one, variables, depth + 1) for one in value]
    if isinstance(value, dict):
        return {key: filled(one, variables, depth + 1) for key, one in value.items()}
    return value
