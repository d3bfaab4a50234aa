"""What a reader found in a document: requests for endpoints.json, and what was guessed, is missing, or was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
RemarkKind = Literal["guess", "problem", "note"]
AuthSuggestionMode = Literal["none", "bearer", "basic", "api_key", "keycloak"]


class UnreadableDocument(Exception):
    """The document cannot be imported. The message gives the reason and what to do instead."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about one request or the whole document.

    A `guess` is a value that the document does not give, a `problem` keeps the request from working as it is, and a
    `note` is information. `field` is the path of the endpoint's field, for example `path` or `body.name`; empty for
    the whole request or document.
    """

    kind: RemarkKind
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A request that can become an endpoint.

    `key` identifies the operation in its source, for example `GET /users/{id}`: a later import of the same source
    compares by it. `endpoint` is an entry of `endpoints` in endpoints.json. `is_selected` is false for requests that
    may change or delete data that others need, and for those that cannot work as they are.
    """

    key: str
    endpoint: Json
    is_selected: bool = True
    is_deprecated: bool = False
    tags: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedValue:
    """A value that the document uses but does not contain. Import again with `ImportOptions.values` to set it.

    Without an answer, the requests refer to it as `${env.NAME}`. A secret value is never part of an endpoint: the
    requests always refer to it as `${env.NAME}`.
    """

    name: str
    reason: str
    is_secret: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in the document that was not imported, and why. `count` is how often it occurred."""

    name: str
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSuggestion:
    """The authentication mode that the document asks for, with its settings that are not secret.

    `fields` uses the names of the `auth` fields of `POST /run/start`, for example `api_key_header`.
    """

    mode: AuthSuggestionMode
    fields: Mapping[str, str] = field(default_factory=dict)
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSuggestion:
    """The load that the document describes, as the `load` fields of `POST /run/start`, and where it comes from."""

    fields: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class HostCount:
    """A host in a recording, with its number of requests. Choose hosts with `ImportOptions.hosts`."""

    host: str
    requests: int
    is_included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """The result of an import.

    `format` is a name of the registry, `base_urls` are the targets that the document names, best first. `setup`,
    `teardown` and `scenarios` are entries of endpoints.json that the requests of `candidates` need; scenarios refer
    to endpoints by name.
    """

    format: str
    title: str | None = None
    base_urls: tuple[str, ...] = ()
    auth: AuthSuggestion | None = None
    candidates: tuple[Candidate, ...] = ()
    setup: tuple[Json, ...] = ()
    teardown: tuple[Json, ...] = ()
    scenarios: tuple[Json, ...] = ()
    requested_values: tuple[RequestedValue, ...] = ()
    hosts: tuple[HostCount, ...] = ()
    load: LoadSuggestion | None = None
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """Choices for an import. `values` are answers to `requested_values`; `hosts` and `base_url` choose among those
    that an earlier import of the same document found; empty chooses the best one.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    base_url: str | None = None
