"""Access control: the main token, named tokens, cookies that stand for a token, and badge keys."""

import hashlib
import hmac
from collections.abc import Callable

from itsdangerous import BadSignature, Signer, TimestampSigner

from dashboard.access.proxy_identity import Header, ProxyIdentity
from dashboard.access.reach import is_reachable_from_outside
from dashboard.access.stored_secrets import check_stored_token, read_or_create_secret
from dashboard.access.throttle import Throttle, TooManyAttempts
from dashboard.access.token_book import TokenBook, fingerprint
from dashboard.model.client_address import client_key
from dashboard.model.identity import MAIN, Identity, NamedToken
from dashboard.settings import Settings

COOKIE = "dashboard_access"
COOKIE_MAX_AGE_S = 30 * 86_400
TOKEN_FILE = "token"
BADGE_SECRET_FILE = "badge-secret"
COOKIE_SECRET_FILE = "cookie-secret"
_MAIN_ID = "main"


class Access:
    """Which identity a token or a cookie stands for. `required` is false when requests need no token.

    `tokens` may be left out when there are no named tokens. `count_failure` gets the client of each wrong token.
    """

    def __init__(
        self,
        settings: Settings,
        tokens: TokenBook | None = None,
        count_failure: Callable[[str], None] = lambda _client: None,
    ) -> None:
        self.required = settings.auth == "always" or (
            settings.auth == "auto" and is_reachable_from_outside(settings)
        )
        self.token_created = False
        self._tokens, self._count_failure = tokens, count_failure
        self._proxy_identity = ProxyIdentity(settings)
        self._throttle = Throttle()
        self._token = settings.dashboard_token.get_secret_value()
        self._badge_secret = self._cookie_secret = ""
        if self.required:
            folder = settings.path(settings.data_dir)
            if not self._token:
                self._token, self.token_created = read_or_create_secret(folder / TOKEN_FILE)
                check_stored_token(folder / TOKEN_FILE, self._token)
            # With badge keys derived from the token, anyone with such a key could check guesses of the token offline.
            self._badge_secret, _ = read_or_create_secret(folder / BADGE_SECRET_FILE)
            self._cookie_secret, _ = read_or_create_secret(folder / COOKIE_SECRET_FILE)

    @property
    def token(self) -> str:
        """The main token, for whoever starts the server. Empty when requests need no token."""
        return self._token

    def check(self, token: str, client: str, now: float) -> Identity | None:
        """Return the identity of `token`; None for a wrong token. Raises TooManyAttempts after too many wrong ones.

        A correct token always passes. Otherwise, one user of a shared address could lock out the others.
        Raises Unauthorized for a token that has expired.
        """
        if not self.required:
            return None
        if hmac.compare_digest(token.encode(), self._token.encode()):
            return MAIN
        named = self._tokens.find(token) if self._tokens else None
        if self._tokens and named:
            return self._tokens.use(named)
        self._count_failure(client)
        key = client_key(client)
        wait_s = self._throttle.seconds_until_retry(key, now)
        if wait_s:
            raise TooManyAttempts(int(wait_s) + 1)
        self._throttle.record_failure(key, now)
        return None

    def identify_proxied(self, peer: str, header: Header) -> Identity | None:
        """Return the identity that a trusted proxy states; None without one. Raises Forbidden."""
        return self._proxy_identity.identify(peer, header)

    def is_current(self, identity: Identity) -> bool:
        """Return whether the token of `identity` has neither been revoked nor expired."""
        return not identity.token_id or self._named(identity.token_id) is not None

    def cookie(self, identity: Identity) -> str:
        """Return a signed cookie value that stands for the token of `identity`; empty if none is required."""
        token_id = identity.token_id or _MAIN_ID
        named = self._named(token_id)
        if not self.required or (named is None and token_id != _MAIN_ID):
            return ""
        return self._cookies(named).sign(token_id).decode()

    def accepts_cookie(self, value: str) -> Identity | None:
        """Return the identity of a cookie with a valid signature that is younger than COOKIE_MAX_AGE_S."""
        token_id = value.partition(".")[0]
        named = self._named(token_id)
        if not self.required or (named is None and token_id != _MAIN_ID):
            return None
        try:
            signed = self._cookies(named).unsign(value, max_age=COOKIE_MAX_AGE_S)
        except BadSignature:
            return None
        if signed != token_id.encode():
            return None
        return self._tokens.use(named) if self._tokens and named else MAIN

    def badge_key(self, run_id: str) -> str:
        """Return a key that reads the badge of `run_id` (or `latest`) without the token; empty if none is required."""
        return self._badges().get_signature(run_id).decode() if self.required else ""

    def accepts_badge_key(self, run_id: str, key: str) -> bool:
        """Return whether `key` was made for `run_id`. A new badge secret invalidates all keys."""
        return bool(self._badge_secret and key) and self._badges().verify_signature(
            run_id, key.encode("utf-8", "replace")
        )

    def _badges(self) -> Signer:
        return Signer(self._badge_secret, salt="badge", digest_method=hashlib.sha256)

    def _named(self, token_id: str) -> NamedToken | None:
        return self._tokens.by_id(token_id) if self._tokens else None

    def _cookies(self, named: NamedToken | None) -> TimestampSigner:
        """Return the signer of cookies that stand for `named`, or for the main token.

        The salt contains the hash of the token, so that a cookie ends with its token. The key is not in the database:
        otherwise, a copy of the database would be enough to forge cookies.
        """
        token_hash = named.sha256 if named else fingerprint(self._token)
        salt = f"{COOKIE} {token_hash}"
        return TimestampSigner(self._cookie_secret, salt=salt, digest_method=hashlib.sha256)
