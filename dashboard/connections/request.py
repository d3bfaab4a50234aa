"""A request that is checked when its headers are complete, before any of its body is read."""

import json
import re
import weakref
from typing import TYPE_CHECKING, Any

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import RequestEntityTooLarge

from dashboard.connections.limits import MAX_BODY_BYTES, UPLOAD_LIMITS

if TYPE_CHECKING:
    from dashboard.connections.channel import GuardedChannel

_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_AMBIGUOUS_LENGTH = (
    "Transfer-Encoding is allowed only in HTTP/1.1, with the value chunked, and without Content-Length."
)


class Refusal:
    """A response to a refused request, in the form that waitress expects of an error."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:  # noqa: ARG002
        """Return status, headers and body."""
        return self.status, self.headers, self.body


def problem(code: int, reason: str, detail: str) -> Refusal:
    """Return a refusal whose body is a problem."""
    body = {"type": "about:blank", "title": reason, "status": code, "detail": detail, "errors": []}
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    if code == 503:
        headers.append(("Retry-After", "10"))
    return Refusal(f"{code} {reason}", headers, json.dumps(body).encode())


class GuardedRequest(HTTPRequestParser):
    """Parses one request of `channel`. After a refusal it discards all further data."""

    error: Any
    path: str

    def __init__(self, channel: "GuardedChannel") -> None:
        super().__init__(channel.adj)
        # A cycle would keep the temporary file of a closed connection until the next full garbage collection.
        self._channel: GuardedChannel = weakref.proxy(channel)
        self._is_checked = False

    @property
    def expected_bytes(self) -> int:
        """The length of the body, or the limit when the client states none."""
        return int(self.adj.max_request_body_size if self.chunked else self.content_length)

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the headers. Only uploads may be large, and the length of a body must be unambiguous."""
        super().parse_header(header_plus)
        limit = UPLOAD_LIMITS.get(self.path, MAX_BODY_BYTES)
        self.adj = self._channel.server.adjustments_by_limit[limit]
        is_ambiguous = "CONTENT_LENGTH" in self.headers or not self.chunked
        if is_ambiguous and _TRANSFER_ENCODING.search(header_plus):
            raise ParsingError(_AMBIGUOUS_LENGTH)

    def received(self, data: bytes) -> int:
        """Parse a part of the request. Returns how many bytes belong to it."""
        if self._channel.is_refused:
            self.empty = self.completed = True
            return len(data)
        try:
            consumed: int = super().received(data)
        except OSError as error:  # the disk is full, or too many files are open
            self._refuse(problem(503, "Unavailable", f"The body cannot be stored: {error.strerror}."))
            return len(data)
        self._check()
        return consumed

    def _check(self) -> None:
        if self.error is not None:
            self._refuse(self._as_problem(self.error))
        elif self.headers_finished and not self.completed and not self._is_checked:
            self._is_checked = True
            refusal = self._channel.server.find_refusal(self._channel, self)
            if refusal is not None:
                self._refuse(refusal)

    def _as_problem(self, error: Any) -> Refusal:
        if isinstance(error, RequestEntityTooLarge):
            detail = f"The body is larger than {self.adj.max_request_body_size} bytes."
        else:
            detail = str(error.body)
        return problem(error.code, error.reason, detail)

    def _refuse(self, refusal: Refusal) -> None:
        self.error = refusal
        self.completed = True
        self.expect_continue = False  # otherwise waitress still requests the body
        self._channel.is_refused = True
