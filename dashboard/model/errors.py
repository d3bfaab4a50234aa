"""The errors that reach a user. `api/http/errors.py` turns them into problem+json responses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """A problem with one field of a request. `field` is its dotted path."""

    field: str
    message: str


class DashboardError(Exception):
    """A failure with a message for the user and an HTTP status."""

    status = 500
    title = "Internal error"
    retry_after_s: int | None = None

    def __init__(
        self,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.extra = extra or {}


class InvalidRequest(DashboardError):
    """A value of the request cannot be used."""

    status = 422
    title = "Invalid request"

    @classmethod
    def field(cls, field: str, message: str) -> "InvalidRequest":
        """Return the error for one field. `message` gives the reason and the remedy."""
        return cls(f"{field}: {message}", errors=(FieldError(field, message),))


class FieldProblems:
    """Collects the problems of a request, so that one response names every invalid field."""

    def __init__(self) -> None:
        self._found: list[InvalidRequest] = []

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Continue after an InvalidRequest. Variables of the block may be unset then: call `check` before their use."""
        try:
            yield
        except InvalidRequest as error:
            self._found.append(error)

    def check(self) -> None:
        """Raise InvalidRequest with all problems so far; without problems, do nothing."""
        if self._found:
            detail = "; ".join(error.detail for error in self._found)
            raise InvalidRequest(
                detail, errors=tuple(field for error in self._found for field in error.errors)
            )


class NotFound(DashboardError):
    """The run, operation or file does not exist."""

    status = 404
    title = "Not found"


class Conflict(DashboardError):
    """The current state does not allow the request."""

    status = 409
    title = "Conflict"


class PreconditionFailed(DashboardError):
    """The object has changed since the client read it (`If-Match`)."""

    status = 412
    title = "Precondition failed"


class Forbidden(DashboardError):
    """A security check rejects the request."""

    status = 403
    title = "Forbidden"


class Unavailable(DashboardError):
    """A resource is missing or full; the same request may succeed later."""

    status = 503
    title = "Unavailable"
