"""What InfluxDB can answer instead of doing what it was asked."""

from dataclasses import dataclass


class InfluxError(Exception):
    """InfluxDB did not do what was asked; the message says why, without secrets."""


@dataclass(eq=False)
class Away(InfluxError):
    """It may do so later; `retry_after_s` is its own wish."""

    words: str
    retry_after_s: float | None = None

    def __str__(self) -> str:
        return self.words


class NotAllowed(InfluxError):
    """The token, the organization or the bucket is not right: somebody has to mend that."""


class Malformed(InfluxError):
    """What was sent is refused, and would be again."""
