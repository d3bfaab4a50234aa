"""The one tree of errors that a user can meet; `api/http/errors.py` turns them into problem+json."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request: `field` is its dotted path."""

    field: str
    message: str


class DashboardError(Exception):
    """A failure with plain words for the user and a true HTTP status."""

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
    """The request was understood but a value in it cannot be used."""

    status = 422
    title = "Invalid request"

    @classmethod
    def field(cls, field: str, message: str) -> "InvalidRequest":
        """One field is wrong: `message` says why and what to do."""
        return cls(f"{field}: {message}", errors=(FieldError(field, message),))


class NotFound(DashboardError):
    """There is no such run, operation or file."""

    status = 404
    title = "Not found"


class Conflict(DashboardError):
    """The state of the dashboard does not allow this now."""

    status = 409
    title = "Conflict"


class PreconditionFailed(DashboardError):
    """Somebody else changed the object meanwhile (`If-Match`)."""

    status = 412
    title = "Precondition failed"


class Forbidden(DashboardError):
    """The gate or a guard refuses this."""

    status = 403
    title = "Forbidden"


class Unavailable(DashboardError):
    """Something outside the request is missing or full; trying later may help."""

    status = 503
    title = "Unavailable"
