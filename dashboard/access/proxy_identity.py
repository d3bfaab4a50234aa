"""Identities that a reverse proxy states in headers, after it has authenticated the user."""

import re
from collections.abc import Callable

from dashboard.model.errors import Forbidden, Unavailable
from dashboard.model.header_text import decode_header
from dashboard.model.identity import RESERVED_NAMES, Identity, Role
from dashboard.model.printable import printable_line
from dashboard.settings import Settings

MAX_USER_CHARACTERS = 128
# The value of a header by its name, empty if it is missing.
Header = Callable[[str], str]
_HEADER_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?", re.ASCII)
# Headers with another meaning. Clients send them themselves, or the server already uses them.
_OTHER_HEADERS = frozenset(
    {"authorization", "cookie", "host", "origin", "x-forwarded-for", "x-forwarded-host"}
)


class ProxyIdentity:
    """Reads the user and the role from headers. Only requests from TRUSTED_PROXY may have them.

    Raises Unavailable when the settings do not fit together.
    """

    def __init__(self, settings: Settings) -> None:
        _check(settings)
        self._proxy = settings.trusted_proxy
        self._user_header = settings.auth_proxy_user_header
        self._role_header = settings.auth_proxy_role_header
        self._default_role = Role(settings.auth_proxy_default_role)

    def identify(self, peer: str, header: Header) -> Identity | None:
        """Return the identity in the headers of a request. None unless `peer` is the proxy and states a user.

        `peer` is the address of the connection, not a forwarded one. Raises Forbidden for a user or a role that is not
        valid.
        """
        if not self._user_header or peer != self._proxy:
            return None
        user = decode_header(header(self._user_header)).strip()
        if not user:
            return None
        return Identity(who=self._checked_user(user), role=self._role_of(header), via="proxy")

    def _checked_user(self, user: str) -> str:
        # Two headers of the same name are joined by a comma: one of the proxy, and one that a client sent.
        if "," in user or len(user) > MAX_USER_CHARACTERS or printable_line(user) != user:
            raise Forbidden(
                f"The proxy must state one user of at most {MAX_USER_CHARACTERS} printable characters, without a "
                f"comma, in {self._user_header}. It must replace a header that a client sends."
            )
        if "{" in user or "}" in user:
            raise Forbidden(
                f"The proxy states the user {user} in {self._user_header}. That is a placeholder without a value. "
                "Check what the authentication server of the proxy returns."
            )
        if user in RESERVED_NAMES:
            raise Forbidden(f'The user name "{user}" is reserved. Sign in with another name.')
        return user

    def _role_of(self, header: Header) -> Role:
        text = header(self._role_header).strip() if self._role_header else ""
        if not text:
            return self._default_role
        try:
            return Role(text.lower())
        except ValueError:
            shown = printable_line(text)[:64]
            raise Forbidden(
                f'The proxy states the role "{shown}" in {self._role_header}. The role must be one of '
                f"{', '.join(Role)}."
            ) from None


def _check(settings: Settings) -> None:
    """Raise Unavailable when a setting is missing or contradicts another."""
    for name in ("auth_proxy_user_header", "auth_proxy_role_header"):
        header = getattr(settings, name)
        if header and (not _HEADER_NAME.fullmatch(header) or header.lower() in _OTHER_HEADERS):
            raise Unavailable(
                f"{name.upper()}: {header} cannot carry the user or the role. Use X-Forwarded-User or similar."
            )
    if settings.auth_proxy_role_header and not settings.auth_proxy_user_header:
        raise Unavailable("AUTH_PROXY_ROLE_HEADER requires AUTH_PROXY_USER_HEADER. Set both, or none.")
    if not settings.auth_proxy_user_header:
        return
    if settings.trusted_proxy in ("", "*"):
        raise Unavailable("AUTH_PROXY_USER_HEADER requires TRUSTED_PROXY: the address of the proxy.")
    if settings.auth == "never":
        raise Unavailable("AUTH_PROXY_USER_HEADER contradicts AUTH=never. Set AUTH=auto.")
