"""Resolves the variables and functions of a JMeter plan: `${user}`, `${__UUID}`, `${__Random(1,9)}`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from dashboard.discovery.discovered import RequestedValue
from dashboard.discovery.recordings.placeholders import END, START, fill_in, without_placeholders
from dashboard.discovery.recordings.requests import Template
from dashboard.discovery.templates import data_reference, env_reference
from dashboard.endpoints.texts import KEY
from dashboard.model.secret_names import is_secret_name

_EXPRESSION: Final = re.compile(r"\$\{((?:[^${}]|\$\{[^${}]*\})*)\}")
_FUNCTION: Final = re.compile(r"__(\w+)(?:\((.*)\))?", re.DOTALL)
_RANDOM: Final = re.compile(r"\s*(-?\d{1,15})\s*,\s*(-?\d{1,15})\s*(?:,[^,]*)?")
_NAMES_OF_PROPERTIES: Final = ("P", "property", "env")
_MAX_NESTED: Final = 10


@dataclass(slots=True)
class PlanVariables:
    """What the expressions of a plan stand for at one place.

    values: user defined variables
    columns: columns of the data file, by variable
    extracted: keys of the data, by variable
    """

    values: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    extracted: dict[str, str] = field(default_factory=dict)


class Expressions:
    """Turns the expressions of a plan into placeholders, and those into texts and templates."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.requested: dict[str, RequestedValue] = {}
        self._answers = answers
        self._texts: list[str] = []

    def hide(self, text: str) -> str:
        """Replace the expressions of a text by placeholders, so that it can be split and encoded."""

        def placeholder(match: re.Match[str]) -> str:
            self._texts.append(match[1])
            return f"{START}{len(self._texts) - 1}{END}"

        return _EXPRESSION.sub(placeholder, without_placeholders(text))

    def fill_in(self, text: str, variables: PlanVariables, on_unknown: Callable[[str], None]) -> str:
        """Return the text or template for a text with placeholders. `on_unknown` gets what has no counterpart."""

        def resolve(number: str) -> str:
            return self._resolve(self._texts[int(number)], variables, on_unknown, 0)

        return fill_in(text, resolve)

    def literal(self, text: str, variables: PlanVariables) -> str | None:
        """Return a text whose expressions are all known; None if one has no fixed value."""
        filled = self.fill_in(self.hide(text), variables, lambda _: None)
        return None if isinstance(filled, Template) else filled

    def _resolve(
        self, expression: str, variables: PlanVariables, on_unknown: Callable[[str], None], depth: int
    ) -> str:
        name = expression.strip()
        function = _FUNCTION.fullmatch(name)
        if function:
            return self._call(function[1], function[2] or "", on_unknown)
        if name in variables.columns:
            return Template(f"${{row.{variables.columns[name]}}}")
        if name in variables.extracted:
            return Template(data_reference(variables.extracted[name]))
        if name in variables.values and depth < _MAX_NESTED and not is_secret_name(name):
            hidden = self.hide(variables.values[name])
            return fill_in(
                hidden,
                lambda number: self._resolve(self._texts[int(number)], variables, on_unknown, depth + 1),
            )
        return self._request(name, None, f"The plan uses the variable {name[:80]}.")

    def _call(self, function: str, arguments: str, on_unknown: Callable[[str], None]) -> str:
        bounds = _RANDOM.fullmatch(arguments)
        if function == "UUID":
            return Template("${uuid}")
        if function == "time" and not arguments.replace(",", "").strip():
            return Template("${timestamp}")
        if function == "Random" and bounds and int(bounds[1]) <= int(bounds[2]):
            return Template(f"${{randomInt({bounds[1]},{bounds[2]})}}")
        if function in _NAMES_OF_PROPERTIES:
            name, _, rest = arguments.partition(",")
            default = rest.rpartition(",")[2] if function != "P" else rest
            return self._request(name.strip(), default or None, f"The plan reads {name[:80]} when it starts.")
        written = f"${{__{function}({arguments})}}" if arguments else f"${{__{function}}}"
        on_unknown(written[:80])
        return written

    def _request(self, name: str, default: str | None, reason: str) -> str:
        """Return the answer for a value, or its default; otherwise refer to the environment."""
        env = (re.sub("[^A-Za-z0-9_]", "_", name) or "VALUE")[:60]
        env = f"V_{env}" if env[0].isdecimal() else env
        secret = is_secret_name(env)
        requested = RequestedValue(
            name=env, reason=reason, is_secret=secret, default=None if secret else default
        )
        self.requested.setdefault(env, requested)
        if secret:
            return Template(env_reference(env))
        answer = self._answers.get(env, default)
        return Template(env_reference(env)) if answer is None else answer


def key_for(name: str) -> str:
    """Return the key of the data for a variable of a plan."""
    key = re.sub("[^A-Za-z0-9_-]", "_", name.strip())[:60]
    return key if KEY.fullmatch(key) else f"v_{key}"


def variables_in(text: str) -> list[str]:
    """Return the variables that a text refers to."""
    return [expression.strip() for expression in _EXPRESSION.findall(text)]
