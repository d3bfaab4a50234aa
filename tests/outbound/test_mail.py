"""E-mail through a guarded connection to a mail server."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest

from dashboard.outbound.addresses import AddressGuard, AddressRefused
from dashboard.outbound.failures import NoResponse
from dashboard.outbound.mail import MailRefused, send_mail

Answers = dict[str, str]
Start = Callable[..., int]


@pytest.fixture
def received() -> list[str]:
    return []


@pytest.fixture
def start(received: list[str]) -> Iterator[Start]:
    """A function that starts a mail server and returns its port. `answers` replace "250 ok" by command."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket, answers: Answers) -> None:
        in_data = False
        connection.sendall(answers.get("", "220 ready").encode() + b"\r\n")
        for line in connection.makefile("rb"):
            text = line.decode().rstrip("\r\n")
            received.append(text)
            in_data = in_data and text != "."
            if not in_data:
                word = text.partition(" ")[0].upper()
                in_data = word == "DATA"
                connection.sendall(answers.get(word, "354 go on" if in_data else "250 ok").encode() + b"\r\n")

    def serve(answers: Answers) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                talk(connection, answers)

    def begin(**answers: str) -> int:
        threading.Thread(target=serve, args=(answers,), daemon=True).start()
        return int(listener.getsockname()[1])

    yield begin
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def a_message() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "perf@example.com", "a@example.com", "smoke: passed"
    message.set_content("all is well")
    return message


def send(url: str, guard: AddressGuard | None = None, timeout_s: float = 2.0) -> tuple[int, str]:
    return send_mail(urlsplit(url), guard or AddressGuard(), a_message(), timeout_s)


def test_a_message_is_sent(start: Start, received: list[str]) -> None:
    port = start()
    assert send(f"smtp://127.0.0.1:{port}") == (250, "accepted by the mail server")
    assert {"Subject: smoke: passed", "all is well", "."} <= set(received)
    assert any(line.lower().startswith("rcpt to:<a@example.com>") for line in received)


def test_a_refused_recipient_is_final(start: Start) -> None:
    port = start(RCPT="550 no such user")
    with pytest.raises(MailRefused, match="no such user") as refused:
        send(f"smtp://127.0.0.1:{port}")
    assert refused.value.is_final


def test_a_busy_server_is_not_final(start: Start) -> None:
    port = start(MAIL="451 try again later")
    with pytest.raises(MailRefused, match="try again later") as refused:
        send(f"smtp://127.0.0.1:{port}")
    assert not refused.value.is_final


def test_a_password_goes_to_another_machine_only_with_tls(
    start: Start, received: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = start()
    address = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: address)
    with pytest.raises(NoResponse, match="offers no TLS"):
        send(f"smtp://ann:canary@mail.example:{port}")
    assert "canary" not in str(received)


def test_a_silent_server_is_given_up(start: Start) -> None:
    port = start(EHLO="250-waits")
    began = time.monotonic()
    with pytest.raises(NoResponse, match=r"within 0\.3 s"):
        send(f"smtp://127.0.0.1:{port}", timeout_s=0.3)
    assert time.monotonic() - began < 2


def test_addresses_are_checked_as_for_every_outbound_request() -> None:
    for url in ("smtp://169.254.169.254", "smtp://metadata.google.internal"):
        with pytest.raises(AddressRefused):
            send(url)
    with pytest.raises(AddressRefused):
        send("smtp://127.0.0.1:25", AddressGuard(refuses_loopback=True))
