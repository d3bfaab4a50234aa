"""Sends e-mail through an SMTP server whose address is checked like that of any outbound request."""

import contextlib
import smtplib
import socket
import ssl
import threading
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote

from dashboard.outbound.addresses import AddressGuard
from dashboard.outbound.connector import Connector
from dashboard.outbound.failures import NoResponse, reason_for
from dashboard.outbound.route import Route

PORTS = {"smtp": 587, "smtps": 465}


class MailRefused(Exception):
    """The mail server answered with an error. `status` is its code, `message` its text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message

    @property
    def is_final(self) -> bool:
        """Whether the server refuses the message for good (5xx)."""
        return self.status >= 500


class GuardedSMTP(smtplib.SMTP):
    """An SMTP connection that a Connector opens."""

    def __init__(self, connector: Connector, secure: bool) -> None:
        self._connector, self._secure = connector, secure
        super().__init__(connector.host, connector.port, timeout=connector.timeout_s)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        sock = self._connector.connect()
        if self._secure:
            sock = self._connector.track(_tls().wrap_socket(sock, server_hostname=host))
        return sock


def send_mail(
    url: SplitResult, guard: AddressGuard, message: EmailMessage, timeout_s: float
) -> tuple[int, str]:
    """Send a message, and return the code and the text of the server's answer.

    Raises AddressRefused, NoResponse, MailRefused.
    """
    host = url.hostname or ""
    guard.check_name(host)
    connector = Connector(
        host, url.port or PORTS[url.scheme], url.scheme == "smtps", guard, Route(timeout_s=timeout_s)
    )
    time_limit = threading.Timer(timeout_s, connector.abort)
    time_limit.daemon = True
    time_limit.start()
    try:
        # leaving SMTP's own context would replace an error with one about the end of the session
        with contextlib.closing(GuardedSMTP(connector, url.scheme == "smtps")) as client:
            _send(client, url, message)
            with contextlib.suppress(smtplib.SMTPException, OSError):  # the message is accepted
                client.quit()
        return 250, "accepted by the mail server"
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise MailRefused(code, _text(text)) from error
    except smtplib.SMTPResponseException as error:
        raise MailRefused(error.smtp_code, _text(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:
        cause = TimeoutError() if connector.aborted else error
        raise NoResponse(reason_for(cause, timeout_s)) from error
    finally:
        time_limit.cancel()
        connector.close()


def _send(client: smtplib.SMTP, url: SplitResult, message: EmailMessage) -> None:
    client.ehlo_or_helo_if_needed()
    if url.scheme == "smtp" and client.has_extn("starttls"):
        client.starttls(context=_tls())
        client.ehlo()
    elif url.scheme == "smtp" and url.username and not _is_loopback(url.hostname or ""):
        raise NoResponse("The mail server offers no TLS, so the password was not sent.")
    if url.username:
        client.login(unquote(url.username), unquote(url.password or ""))
    client.send_message(message)


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
