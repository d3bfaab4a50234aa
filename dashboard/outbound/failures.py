"""The reason why a request got no response, as one sentence for the user."""

import socket
import ssl

import urllib3

from dashboard.outbound.proxies import ProxyError

_MAX_QUOTED_CHARACTERS = 100


class NoResponse(Exception):
    """The request got no response; the message gives the reason."""


def reason_for(error: BaseException, timeout_s: float) -> str:
    """Return the most specific reason found in the chain of causes of `error`."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        reason = getattr(cause, "reason", None)
        cause = (
            cause.__cause__ or (reason if isinstance(reason, BaseException) else None) or cause.__context__
        )
    for error_type, sentence in _REASONS:
        for link in chain:
            if isinstance(link, error_type):
                return sentence.format(seconds=f"{timeout_s:g}", error=_short_text(link))
    return f"The connection failed: {_short_text(chain[-1])}."


def _short_text(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Its arguments are "Connection broken" and the original error, whose text may quote bytes of the response
    cause = error.args[-1] if isinstance(error, urllib3.exceptions.ProtocolError) and error.args else error
    text = "".join(letter if letter.isprintable() else "·" for letter in str(cause)[:_MAX_QUOTED_CHARACTERS])
    return text or type(cause).__name__


_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ProxyError, "The connection failed: {error}."),
    (socket.gaierror, "The host name cannot be resolved: {error}."),
    (UnicodeError, "The host name cannot be resolved: it is not a valid host name."),
    (ConnectionRefusedError, "The connection was refused: no server listens on that port."),
    (ssl.SSLCertVerificationError, "TLS failed: the certificate is not trusted ({error})."),
    (ssl.SSLError, "TLS failed: {error}."),
    (TimeoutError, "There was no response within {seconds} s."),
    (urllib3.exceptions.TimeoutError, "There was no response within {seconds} s."),
    (ConnectionResetError, "The connection was closed before a response arrived."),
    (urllib3.exceptions.ProtocolError, "The response is not valid HTTP or was cut off: {error}."),
)
