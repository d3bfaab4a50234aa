"""The errors of an InfluxDB request. No message contains the token."""

from dataclasses import dataclass


class InfluxError(Exception):
    """An InfluxDB request failed. The message names the reason."""


@dataclass(eq=False)
class InfluxUnavailable(InfluxError):
    """The same request may succeed later. `retry_after_s` is the value of the Retry-After header."""

    message: str
    retry_after_s: float | None = None

    def __str__(self) -> str:
        return self.message


class InfluxDenied(InfluxError):
    """The token, the organization or the bucket is wrong. A person must fix it."""


class InfluxRejected(InfluxError):
    """InfluxDB rejected the data, and would reject the same data again."""
