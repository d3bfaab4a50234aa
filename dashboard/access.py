"""Who may use the dashboard: the token, the cookie made from it, and a brake on guessing."""

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
from collections import OrderedDict, deque
from pathlib import Path

from itsdangerous import BadSignature, Signer, TimestampSigner

from dashboard.model.errors import DashboardError, Unavailable
from dashboard.settings import Settings

COOKIE = "dashboard_access"
COOKIE_MAX_AGE_S = 30 * 86_400
TOKEN_FILE = "token"
_TOKEN_BYTES = 24
_FAILURES = 10
_WINDOW_S = 60.0
_CLIENTS = 1_000


class TooManyAttempts(DashboardError):
    """Somebody guesses tokens."""

    status = 429
    title = "Too many attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many wrong tokens came from your address. Try again in {retry_after_s} seconds."
        )
        self.retry_after_s = retry_after_s


class Throttle:
    """Counts failures per client in a sliding minute; remembers a bounded number of clients."""

    def __init__(
        self, *, failures: int = _FAILURES, window_s: float = _WINDOW_S, clients: int = _CLIENTS
    ) -> None:
        self._failures, self._window_s, self._clients = failures, window_s, clients
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, client: str, now: float) -> float:
        """Seconds until `client` may try again; 0 when it may now."""
        times = self._seen.get(client)
        if times is None or len(times) < self._failures:
            return 0.0
        return max(0.0, times[0] + self._window_s - now)

    def failed(self, client: str, now: float) -> None:
        """`client` was wrong."""
        with self._lock:
            times = self._seen.pop(client, None) or deque(maxlen=self._failures)
            times.append(now)
            self._seen[client] = times
            if len(self._seen) > self._clients:
                self._seen.popitem(last=False)


class Access:
    """The dashboard's token. `required` says whether it is asked for at all."""

    def __init__(self, settings: Settings) -> None:
        self.required = settings.auth == "always" or (
            settings.auth == "auto" and not is_loopback(settings.dashboard_host)
        )
        self.token_created = False
        self._throttle = Throttle()
        self._token = settings.dashboard_token.get_secret_value()
        if self.required and not self._token:
            self._token = self._from_file(settings.path(settings.data_dir) / TOKEN_FILE)

    @property
    def token(self) -> str:
        """The token, for the one who starts the server; empty when none is needed."""
        return self._token

    def check(self, token: str, client: str, now: float) -> bool:
        """Whether `token` is right. Raises TooManyAttempts for a `client` that was wrong too often."""
        key = _network_of(client)
        wait_s = self._throttle.wait_s(key, now)
        if wait_s:
            raise TooManyAttempts(int(wait_s) + 1)
        right = bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())
        if not right:
            self._throttle.failed(key, now)
        return right

    def cookie(self) -> str:
        """A signed value for the browser; a new token makes all older ones invalid."""
        return self._signer().sign("1").decode()

    def accepts_cookie(self, value: str) -> bool:
        """Whether we signed `value`, not too long ago."""
        try:
            return bool(self._token) and self._signer().unsign(value, max_age=COOKIE_MAX_AGE_S) == b"1"
        except BadSignature:
            return False

    def badge_key(self, run_id: str) -> str:
        """What lets a badge of `run_id` (or `latest`) be read without the token; empty when none is needed."""
        return self._badges().get_signature(run_id).decode() if self.required else ""

    def accepts_badge_key(self, run_id: str, key: str) -> bool:
        """Whether `key` was made for `run_id`; a new token makes all older ones invalid."""
        return bool(self._token and key) and self._badges().verify_signature(
            run_id, key.encode("utf-8", "replace")
        )

    def _badges(self) -> Signer:
        return Signer(self._token, salt="badge", digest_method=hashlib.sha256)

    def _signer(self) -> TimestampSigner:
        return TimestampSigner(self._token, salt=COOKIE, digest_method=hashlib.sha256)

    def _from_file(self, path: Path) -> str:
        """The token kept in the data folder, made when there is none."""
        try:
            if path.exists():
                return _read(path)
            token = secrets.token_urlsafe(_TOKEN_BYTES)
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(token + "\n")
        except OSError as error:
            raise Unavailable(f"The access token cannot be kept in {path}: {error.strerror}.") from error
        self.token_created = True
        return token


def is_loopback(host: str) -> bool:
    """Whether listening on `host` is reachable from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> str:
    token = path.read_text().strip()
    if not token:
        raise Unavailable(f"{path} is empty. Delete it; the next start makes a new token.")
    path.chmod(0o600)
    return token


def _network_of(client: str) -> str:
    """Who counts as one client: an IPv4 address, or a whole /64 of IPv6."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64]
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))
