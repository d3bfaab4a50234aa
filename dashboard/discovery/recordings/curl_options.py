"""The options of curl: which take an argument, and what they mean for an endpoint."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

_QUIET_NAMES: Final = (
    "output write-out cookie-jar dump-header silent show-error verbose include fail fail-with-body "
    "remote-name remote-header-name no-buffer disable progress-bar parallel location compressed "
    "http1.1 http2 http1.0 ipv4 ipv6 stderr trace trace-ascii trace-time path-as-is basic tlsv1 tlsv1.0 "
    "tlsv1.1 tlsv1.2 tlsv1.3 no-progress-meter create-dirs retry retry-delay retry-max-time "
    "retry-all-errors retry-connrefused connect-timeout remote-time keepalive-time no-keepalive "
    "tcp-nodelay styled-output no-styled-output junk-session-cookies fail-early"
)
_ARGUMENT_NAMES: Final = (
    "upload-file url url-query oauth2-bearer range output write-out proxy cookie-jar dump-header cert key "
    "cacert capath config proxy-user continue-at speed-time speed-limit time-cond quote telnet-option "
    "ftp-port resolve connect-to interface limit-rate max-redirs ciphers tls-max tls13-ciphers stderr "
    "trace trace-ascii dns-servers noproxy unix-socket aws-sigv4 request-target proto proto-default "
    "proto-redir retry retry-delay retry-max-time connect-timeout keepalive-time pass cert-type key-type "
    "preproxy socks4 socks4a socks5 socks5-hostname proxy-header max-filesize local-port engine egd-file "
    "random-file pinnedpubkey netrc-file happy-eyeballs-timeout-ms output-dir rate form-escape variable "
    "expand-data expand-url expand-header"
)
_SHORT: Final = {
    "X": "request",
    "H": "header",
    "d": "data",
    "F": "form",
    "u": "user",
    "b": "cookie",
    "A": "user-agent",
    "e": "referer",
    "m": "max-time",
    "T": "upload-file",
    "G": "get",
    "I": "head",
    "k": "insecure",
    "L": "location",
    "o": "output",
    "w": "write-out",
    "x": "proxy",
    "c": "cookie-jar",
    "D": "dump-header",
    "E": "cert",
    "r": "range",
    "K": "config",
    "U": "proxy-user",
    "s": "silent",
    "S": "show-error",
    "v": "verbose",
    "i": "include",
    "f": "fail",
    "O": "remote-name",
    "J": "remote-header-name",
    "N": "no-buffer",
    "g": "globoff",
    "n": "netrc",
    "q": "disable",
    "#": "progress-bar",
    "Z": "parallel",
    "0": "http1.0",
    "1": "tlsv1",
    "2": "sslv2",
    "3": "sslv3",
    "4": "ipv4",
    "6": "ipv6",
    ":": "next",
    "C": "continue-at",
    "y": "speed-time",
    "Y": "speed-limit",
    "z": "time-cond",
    "Q": "quote",
    "t": "telnet-option",
    "P": "ftp-port",
    "p": "proxytunnel",
    "R": "remote-time",
    "j": "junk-session-cookies",
    "a": "append",
}
DATA: Final = ("data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json")
_IMPORTED: Final = frozenset(
    (*DATA, "request", "header", "form", "form-string", "user", "cookie", "user-agent", "referer", "max-time")
) | {"upload-file", "url", "url-query", "oauth2-bearer", "range", "get", "head"}
# They concern the terminal, or what k6 does anyway.
_WITHOUT_EFFECT: Final = frozenset(_QUIET_NAMES.split())
_WITH_ARGUMENT: Final = frozenset(
    (*DATA, "request", "header", "form", "form-string", "user", "cookie", "user-agent", "referer", "max-time")
) | frozenset(_ARGUMENT_NAMES.split())


@dataclass(slots=True)
class CurlCommand:
    """One request of a curl command: its URLs, and the imported options in their order.

    `is_literal` is true if brackets in the URLs stand for themselves.
    """

    urls: list[str] = field(default_factory=list)
    options: list[tuple[str, str]] = field(default_factory=list)
    not_taken_over: list[str] = field(default_factory=list)
    is_literal: bool = False

    def values(self, *names: str) -> list[str]:
        """Return the arguments of these options, in their order."""
        return [value for name, value in self.options if name in names]

    def last(self, *names: str) -> str | None:
        """Return the last argument of these options, None if none was given."""
        return next(reversed(self.values(*names)), None)


def parse_command(words: Sequence[str]) -> Iterator[CurlCommand]:
    """Yield the requests of a command. `words` begin after `curl`; `--next` separates requests."""
    command, remaining = CurlCommand(), list(reversed(words))
    while remaining:
        word = remaining.pop()
        if word in ("--next", "-:"):
            yield command
            command = CurlCommand()
        elif word == "--":
            command.urls.extend(reversed(remaining))
            remaining.clear()
        elif word.startswith("--"):
            _add_long(command, word[2:], remaining)
        elif word.startswith("-") and len(word) > 1:
            _add_short(command, word[1:], remaining)
        else:
            command.urls.append(word)
    yield command


def _add_long(command: CurlCommand, name: str, remaining: list[str]) -> None:
    argument = remaining.pop() if name in _WITH_ARGUMENT and remaining else ""
    _add(command, name, argument, f"--{name[:60]}")


def _add_short(command: CurlCommand, letters: str, remaining: list[str]) -> None:
    """Add short options, such as `-sSL` or `-XPOST`."""
    for index, letter in enumerate(letters):
        name = _SHORT.get(letter, "")
        if name in _WITH_ARGUMENT:
            argument = letters[index + 1 :] or (remaining.pop() if remaining else "")
            _add(command, name, argument, f"-{letter}")
            return
        _add(command, name, "", f"-{letter}")


def _add(command: CurlCommand, name: str, argument: str, written: str) -> None:
    if name == "url":
        command.urls.append(argument)
    elif name in _IMPORTED:
        command.options.append((name, argument))
    elif name == "globoff":
        command.is_literal = True
    elif name not in _WITHOUT_EFFECT:
        command.not_taken_over.append(written)
