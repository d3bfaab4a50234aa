"""Makes a candidate of an operation: path, headers, body, checks, and remarks about what was guessed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.discovery.chains import Link
from dashboard.discovery.destructive import is_destructive
from dashboard.discovery.discovered import Candidate, Json, Remark, RequestedValue
from dashboard.discovery.openapi.bodies import BodyMaker
from dashboard.discovery.openapi.names import OperationNames, expected_status, group_of, tags_of
from dashboard.discovery.openapi.operations import Operation
from dashboard.discovery.openapi.parameter_values import ParameterValues
from dashboard.discovery.openapi.parameters import Parameter, in_cookie, in_header, in_path, in_query, quote
from dashboard.discovery.openapi.security import Security, remark_of, requested_secret, variable_name
from dashboard.discovery.openapi.sources import PLACEHOLDER, LinkKey
from dashboard.discovery.templates import data_reference, env_reference, escaped, without_surrogates
from dashboard.discovery.weights import weight_of
from dashboard.model.secret_names import is_secret_name

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_SENT = ("host", "content-length", "transfer-encoding", "connection")  # the client sets them
_CONTROL = re.compile("[\x00-\x1f\x7f]+")
_SAFE_IN_PATH = "/:@!$&'()*+,;=-._~%"


@dataclass(slots=True)
class _Draft:
    """The parts of a request while it is made."""

    path: str = ""
    query: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class RequestMaker:
    """Makes the candidates of a document. Secrets that they refer to are collected in `requested`."""

    def __init__(
        self,
        values: ParameterValues,
        bodies: BodyMaker,
        security: Security,
        links: Mapping[LinkKey, Link],
        requested: dict[str, RequestedValue],
    ) -> None:
        self._values = values
        self._bodies = bodies
        self._security = security
        self._links = links
        self._requested = requested
        self._names = OperationNames()

    def make(self, operation: Operation, base_path: str, problems: list[Remark]) -> Candidate:
        """Return the candidate of an operation. `base_path` is put before its path."""
        draft = _Draft(remarks=list(problems))
        self._add_path(draft, operation, base_path)
        for parameter in operation.parameters:
            if parameter.place != "path":
                self._add_parameter(draft, operation, parameter)
        self._add_secrets(draft, operation)
        endpoint = self._endpoint(draft, operation)
        is_loss = is_destructive(operation.method, operation.path, operation.title)
        return Candidate(
            key=operation.key,
            endpoint=without_surrogates(endpoint),
            is_selected=not is_loss and not any(one.kind == "problem" for one in draft.remarks),
            is_deprecated=operation.raw.get("deprecated") is True,
            tags=tags_of(operation.raw),
            remarks=tuple(draft.remarks),
        )

    def _endpoint(self, draft: _Draft, operation: Operation) -> Json:
        raw = operation.raw
        body = self._bodies.make(raw, operation.method)
        if body is not None:
            draft.remarks += body.remarks
            if body.content_type and not any(name.lower() == "content-type" for name in draft.headers):
                draft.headers["Content-Type"] = escaped(body.content_type)
        if draft.cookies:
            draft.headers["Cookie"] = "; ".join(draft.cookies)
        separator = "&" if "?" in draft.path else "?"
        path = draft.path + (separator + "&".join(draft.query) if draft.query else "")
        status = expected_status(raw)
        return {
            "name": self._names.unique(raw.get("operationId"), operation.method, operation.path),
            "group": group_of(tags_of(raw), operation.path),
            "type": "rest",
            "method": operation.method,
            "path": path,
            "weight": weight_of(operation.method),
            **({"headers": draft.headers} if draft.headers else {}),
            **(body.fields if body else {}),
            **({"checks": {"status": status}} if status else {}),
        }

    def _add_path(self, draft: _Draft, operation: Operation, base_path: str) -> None:
        path, _, query = operation.path.partition("#")[0].partition("?")
        parameters = {one.name: one for one in operation.parameters if one.place == "path"}
        names = PLACEHOLDER.findall(path)
        unused = [one for name, one in parameters.items() if name not in names]
        for name in dict.fromkeys(names):
            if name not in parameters and len(unused) == 1:
                message = f'The path contains {{{name}}}, but declares "{unused[0].name}". They are taken as the same.'
                draft.remarks.append(Remark("guess", message, "path"))
                parameters[name] = unused[0]
        parts = PLACEHOLDER.split("/" + path.lstrip("/"))
        for index in range(1, len(parts), 2):
            parts[index] = self._path_value(draft, operation, parts[index], parameters.get(parts[index]))
        for index in range(0, len(parts), 2):
            text = quote(parts[index], safe=_SAFE_IN_PATH)
            parts[index] = f"{text[:-1]}%24" if text.endswith("$") else text  # `$${` is no template
        draft.path = quote(base_path, safe=_SAFE_IN_PATH) + "".join(parts)
        if query:
            draft.path += "?" + quote(query, safe=_SAFE_IN_PATH + "?")

    def _path_value(self, draft: _Draft, operation: Operation, name: str, parameter: Parameter | None) -> str:
        if link := self._links.get((operation.key, "path", name)):
            return data_reference(link.key)
        parameter = parameter or Parameter(name, "path", {}, "simple", False)
        made = self._values.of(parameter, is_needed=True)
        if not made.is_given:
            message = f"{{{name}}} is a guess, because the document has no example of it."
            draft.remarks.append(Remark("guess", message, "path"))
        return in_path(parameter, made.value)

    def _add_parameter(self, draft: _Draft, operation: Operation, parameter: Parameter) -> None:
        link = self._links.get((operation.key, parameter.place, parameter.name))
        if link is None and (
            not self._values.is_sent(parameter) or self._is_set_elsewhere(operation, parameter)
        ):
            return
        if link is not None:
            self._add_text(draft, parameter, data_reference(link.key))
        elif _is_secret(parameter):
            self._add_secret_parameter(draft, parameter)
        else:
            made = self._values.of(parameter)
            if not made.is_given:
                message = f'"{parameter.name}" is a guess, because the document has no example of it.'
                draft.remarks.append(
                    Remark("guess", message, "path" if parameter.place == "query" else "headers")
                )
            self._add_value(draft, parameter, made.value)

    def _is_set_elsewhere(self, operation: Operation, parameter: Parameter) -> bool:
        """Return whether the client, the run or the body sets a header that is declared as a parameter."""
        name = parameter.name.lower()
        if parameter.place == "header" and name in _NOT_SENT:
            return True
        if parameter.place != "header" or name not in ("authorization", "content-type"):
            return False
        if name == "authorization":
            return self._security.sets_authorization
        return self._bodies.is_form(operation.raw) or not self._values.of(parameter).is_given

    def _add_secret_parameter(self, draft: _Draft, parameter: Parameter) -> None:
        variable = variable_name(parameter.name)
        reason = f"Some requests send it in their {parameter.place}: {parameter.name}."
        self._requested.setdefault(variable, RequestedValue(name=variable, reason=reason, is_secret=True))
        message = f"Set {variable}: the value is a secret, which no document should contain."
        draft.remarks.append(Remark("note", message, "path" if parameter.place == "query" else "headers"))
        self._add_text(draft, parameter, env_reference(variable))

    @staticmethod
    def _add_text(draft: _Draft, parameter: Parameter, text: str) -> None:
        """Add a parameter whose text is a template."""
        if parameter.place == "query":
            draft.query.append(f"{quote(parameter.name, safe='[]$.')}={text}")
        elif parameter.place == "header" and _HEADER_NAME.fullmatch(parameter.name):
            draft.headers[parameter.name] = text
        elif parameter.place == "cookie":
            draft.cookies.append(f"{parameter.name}={text}")

    @staticmethod
    def _add_value(draft: _Draft, parameter: Parameter, value: Any) -> None:
        if parameter.place in ("query", "querystring"):
            draft.query += in_query(parameter, value)
        elif parameter.place == "header" and _HEADER_NAME.fullmatch(parameter.name):
            draft.headers[parameter.name] = escaped(_CONTROL.sub(" ", in_header(parameter, value)))
        elif parameter.place == "cookie":
            draft.cookies += [escaped(_CONTROL.sub(" ", one)) for one in in_cookie(parameter, value)]

    def _add_secrets(self, draft: _Draft, operation: Operation) -> None:
        for secret in self._security.parameters_of(operation.raw):
            self._requested.setdefault(secret.variable, requested_secret(secret))
            draft.remarks.append(remark_of(secret))
            text = secret.prefix + env_reference(secret.variable)
            parameter = Parameter(secret.key, secret.place, {}, "form", True)
            is_sent = secret.place == "query" and any(one.startswith(f"{secret.key}=") for one in draft.query)
            if not is_sent:
                self._add_text(draft, parameter, text)


def _is_secret(parameter: Parameter) -> bool:
    return parameter.place != "path" and is_secret_name(parameter.name.lower())
