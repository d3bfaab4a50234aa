"""The identity of the current request: of a trusted proxy, a cookie, a token, or `local` when no token is needed."""

import time

from flask import g, request
from werkzeug.datastructures import Authorization

from dashboard.access.access import COOKIE, Access
from dashboard.api.http.context import services
from dashboard.model.client_address import PEER_KEY
from dashboard.model.header_text import decode_header
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
    # Before the token: a proxy may send an Authorization header for itself, such as a token of its identity provider.
    peer = str(request.environ.get(PEER_KEY, client_address()))
    proxied = access.identify_proxied(peer, lambda name: request.headers.get(name, ""))
    if proxied:
        return proxied
    by_cookie = access.accepts_cookie(request.cookies.get(COOKIE, ""))
    if by_cookie:
        return by_cookie
    authorization: Authorization | None = request.authorization
    if authorization is None or authorization.type != "bearer" or not authorization.token:
        return None
    return access.check(decode_header(authorization.token), client_address(), time.monotonic())
