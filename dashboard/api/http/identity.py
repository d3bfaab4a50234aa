"""The identity of the current request: of its cookie, of its token, or `local` when no token is needed."""

import time

from flask import g, request
from werkzeug.datastructures import Authorization

from dashboard.access.access import COOKIE, Access
from dashboard.api.http.context import services
from dashboard.model.identity import LOCAL, Identity

_KEY = "identity"


def find_identity() -> Identity | None:
    """Return the identity of the request; None without a valid token or cookie.

    Raises TooManyAttempts, Unauthorized.
    """
    if _KEY not in g:
        setattr(g, _KEY, _identify())
    found: Identity | None = getattr(g, _KEY)
    return found


def identity() -> Identity:
    """Return the identity of a request that has passed the gate."""
    found = find_identity()
    if found is None:
        raise LookupError("The route is public, so its requests have no identity.")
    return found


def client_address() -> str:
    """Return the address of the client; behind a trusted proxy, the one that the proxy states."""
    return request.remote_addr or ""


def _identify() -> Identity | None:
    access: Access = services().access
    if not access.required:
        return LOCAL
    by_cookie = access.accepts_cookie(request.cookies.get(COOKIE, ""))
    if by_cookie:
        return by_cookie
    authorization: Authorization | None = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return None
    return access.check(_utf8(authorization.token), client_address(), time.monotonic())


def _utf8(header: str) -> str:
    """Return the text of a header. WSGI decodes headers as Latin-1."""
    return header.encode("latin-1", "replace").decode("utf-8", "replace")
