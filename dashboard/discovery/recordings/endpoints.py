"""Turns drafts into endpoints: fields, unique names, groups."""

import json
import re
from typing import Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.recordings.bodies import as_templates, has_template
from dashboard.discovery.recordings.requests import EndpointDraft, Template
from dashboard.discovery.templates import without_surrogates
from dashboard.discovery.weights import weight_of

_MAX_NAME: Final = 160
_MAX_GROUP: Final = 60
_NOT_A_GROUP: Final = re.compile(r"(?:api|rest|v\d+(?:\.\d+)*|public|gateway)?", re.IGNORECASE)


class Names:
    """Hands out unique names."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unique(self, wanted: str) -> str:
        """Return the name, with a number if it is already used."""
        base = re.sub(r"[\x00-\x1f\x7f\s]+", " ", wanted).strip()[:_MAX_NAME] or "Request"
        name, number = base, 2
        while name in self._used:
            name, number = f"{base} ({number})", number + 1
        self._used.add(name)
        return name


def endpoint_of(draft: EndpointDraft, name: str, checks: Json | None = None) -> Json:
    """Return the entry of endpoints.json that sends the request of the draft."""
    endpoint: Json = {"name": name, "group": group_of(draft), "type": "rest"}
    if draft.body_kind == "graphql":
        endpoint |= {"type": "graphql", "path": path_of(draft), **_graphql_fields(draft.body)}
    else:
        endpoint |= {"method": draft.method, "path": path_of(draft), **_body_fields(draft)}
    endpoint["weight"] = weight_of(draft.method)
    if draft.headers:
        endpoint["headers"] = as_templates(draft.headers)
    if all_checks := {**(checks or {}), **_graphql_checks(draft)}:
        endpoint["checks"] = all_checks
    cleaned: Json = without_surrogates(endpoint)
    return cleaned


def path_of(draft: EndpointDraft) -> str:
    """Return the path with its query, as a template."""
    path = "/" + "/".join(as_templates(segment) for segment in draft.segments)
    query = "&".join(
        as_templates(name) if value is None else f"{as_templates(name)}={as_templates(value)}"
        for name, value in draft.query
    )
    return f"{path}?{query}" if query else path


def identity_of(draft: EndpointDraft) -> str:
    """Return a text that is equal for drafts that send the same request."""
    parts = [draft.method, path_of(draft), sorted(draft.headers.items()), draft.body_kind, draft.body]
    return json.dumps(parts, sort_keys=True, default=str)


def name_of(draft: EndpointDraft) -> str:
    """Return a readable name: the GraphQL operation, or method and path."""
    if draft.body_kind == "graphql" and draft.body.get("operationName"):
        return str(draft.body["operationName"])
    return f"{draft.method} {draft.literal_path}"


def group_of(draft: EndpointDraft) -> str:
    """Return the first segment of the path that names a resource."""
    if draft.body_kind == "graphql":
        return "graphql"
    texts = (text for text in draft.segments if not isinstance(text, Template))
    names = (re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip() for text in texts)
    return next((name[:_MAX_GROUP] for name in names if not _NOT_A_GROUP.fullmatch(name)), "root")


def _body_fields(draft: EndpointDraft) -> Json:
    if draft.body_kind == "none":
        return {}
    if draft.body_kind in ("form", "multipart"):
        return {draft.body_kind: as_templates(draft.body)}
    if has_template(draft.body):
        return {"body_template": as_templates(draft.body)}
    return {"body": draft.body}


def _graphql_fields(body: Json) -> Json:
    fields: Json = {"query": body["query"]}
    if isinstance(body.get("operationName"), str) and body["operationName"].strip():
        fields["operation_name"] = body["operationName"]
    if variables := body.get("variables"):
        has_templates = has_template(variables)
        fields["variables_template" if has_templates else "variables"] = (
            as_templates(variables) if has_templates else variables
        )
    return fields


def _graphql_checks(draft: EndpointDraft) -> Json:
    return {"no_graphql_errors": True} if draft.body_kind == "graphql" else {}
