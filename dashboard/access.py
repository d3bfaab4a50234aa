"""Access control: the token, the cookie that is signed with it, badge keys, and rate limiting of wrong tokens."""

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
from collections import OrderedDict, deque
from pathlib import Path

from itsdangerous import BadSignature, Signer, TimestampSigner

from dashboard.model.client_address import client_key
from dashboard.model.errors import DashboardError, Unavailable
from dashboard.model.token_strength import check_strength
from dashboard.settings import Settings

COOKIE = "dashboard_access"
COOKIE_MAX_AGE_S = 30 * 86_400
TOKEN_FILE = "token"
BADGE_SECRET_FILE = "badge-secret"
_TOKEN_BYTES = 24
_MAX_FAILURES = 10
_WINDOW_S = 60.0
_MAX_CLIENTS = 1_000


class TooManyAttempts(DashboardError):
    """A client sent too many wrong tokens."""

    status = 429
    title = "Too many attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Your address sent too many wrong tokens. Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts failures per client in a sliding window. It keeps a bounded number of clients."""

    def __init__(
        self,
        *,
        max_failures: int = _MAX_FAILURES,
        window_s: float = _WINDOW_S,
        max_clients: int = _MAX_CLIENTS,
    ) -> None:
        self._max_failures, self._window_s, self._max_clients = max_failures, window_s, max_clients
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_until_retry(self, client: str, now: float) -> float:
        """Return the seconds until `client` may try again, or 0."""
        times = self._failures.get(client)
        if times is None or len(times) < self._max_failures:
            return 0.0
        return max(0.0, times[0] + self._window_s - now)

    def record_failure(self, client: str, now: float) -> None:
        """Count a failure of `client`."""
        with self._lock:
            times = self._failures.pop(client, None) or deque(maxlen=self._max_failures)
            times.append(now)
            self._failures[client] = times
            if len(self._failures) > self._max_clients:
                self._failures.popitem(last=False)


class Access:
    """The dashboard's access token. `required` is false when requests need no token."""

    def __init__(self, settings: Settings) -> None:
        self.required = settings.auth == "always" or (
            settings.auth == "auto" and is_reachable_from_outside(settings)
        )
        self.token_created = False
        self._throttle = Throttle()
        self._token = settings.dashboard_token.get_secret_value()
        self._badge_secret = ""
        if self.required:
            folder = settings.path(settings.data_dir)
            if not self._token:
                self._token, self.token_created = _read_or_create_secret(folder / TOKEN_FILE)
                _check_strength(folder / TOKEN_FILE, self._token)
            # With badge keys derived from the token, anyone with such a key could check guesses of the token offline.
            self._badge_secret, _ = _read_or_create_secret(folder / BADGE_SECRET_FILE)

    @property
    def token(self) -> str:
        """The access token. Empty when requests need no token."""
        return self._token

    def check(self, token: str, client: str, now: float) -> bool:
        """Return whether `token` is correct. Raises TooManyAttempts when `client` sent too many wrong tokens.

        A correct token always passes. Otherwise, one user of a shared address could lock out the others.
        """
        if self._token and hmac.compare_digest(token.encode(), self._token.encode()):
            return True
        key = client_key(client)
        wait_s = self._throttle.seconds_until_retry(key, now)
        if wait_s:
            raise TooManyAttempts(int(wait_s) + 1)
        self._throttle.record_failure(key, now)
        return False

    def cookie(self) -> str:
        """Return a signed cookie value. A new token invalidates all cookies."""
        return self._signer().sign("1").decode()

    def accepts_cookie(self, value: str) -> bool:
        """Return whether `value` has a valid signature and is younger than COOKIE_MAX_AGE_S."""
        try:
            return bool(self._token) and self._signer().unsign(value, max_age=COOKIE_MAX_AGE_S) == b"1"
        except BadSignature:
            return False

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

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(self._token, salt=COOKIE, digest_method=hashlib.sha256)


def is_reachable_from_outside(settings: Settings) -> bool:
    """Return whether other machines can reach the server: directly, or through a proxy that shares its host."""
    is_proxied = bool(settings.trusted_proxy or settings.dashboard_names)
    return is_proxied or not is_loopback(settings.dashboard_host)


def is_loopback(host: str) -> bool:
    """Return whether a server that listens on `host` is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read_or_create_secret(path: Path) -> tuple[str, bool]:
    """Return the secret stored at `path`, and whether this call created it because the file did not exist."""
    try:
        if path.exists():
            return _read_secret(path), False
        secret = secrets.token_urlsafe(_TOKEN_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secret + "\n")
    except OSError as error:
        raise Unavailable(f"{path}: cannot read or create the secret: {error.strerror}.") from error
    return secret, True


def _read_secret(path: Path) -> str:
    secret = path.read_text().strip()
    if not secret:
        raise Unavailable(f"{path} is empty. Delete it. The next start creates a new one.")
    path.chmod(0o600)
    return secret


def _check_strength(path: Path, token: str) -> None:
    try:
        check_strength(token)
    except ValueError as error:
        advice = "Delete the file. The next start creates a new token."
        raise Unavailable(f"{path}: the token {error}. {advice}") from None
