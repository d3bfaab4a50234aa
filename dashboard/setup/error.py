"""The error of a failed setup step, with a cause and advice for the user."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

# Typical messages of tools, most specific first: (pattern, cause, advice). The names of packages and files occur in the
# same lines, so a pattern contains enough of the message to match nothing else.
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"no space left on device|\benospc\b|disk quota exceeded|\bdisk (is )?full",
        "the disk is full",
        "Free some space",
    ),
    (
        r"toolchain '[^']*' is not installed|no (default|installed|active) toolchain|rustup could not choose a version",
        "rustup has no Rust toolchain",
        "Run `rustup default stable`, or set RUSTUP_HOME to the folder of an installed toolchain",
    ),
    (
        r"hash mismatch|do not match the hashes|\beintegrity\b|checksum (mismatch|failed)|security error"
        r"|hash sum mismatch",
        "a downloaded file does not match the lock file",
        "If this happens again, a mirror or proxy changes files: use another one",
    ),
    (
        r"unknownissuer|certificate (verify|verification) failed|unable to (get|verify)[^\n]*\bcertificate\b"
        r"|(invalid|expired|self[- ]signed)[^\n]{0,20}\bcertificate\b|\bx509: |failed to verify certificate"
        r"|certificate (is not trusted|has expired|signed by unknown)|\b(cert_has_expired|self_signed_cert_in_chain)\b"
        r"|\[ssl: ",
        "the server's certificate is not trusted here",
        "Set SSL_CERT_FILE to the certificates of your network",
    ),
    (
        r"name resolution|could ?n[o']t resolve|\benotfound\b|\beai_again\b|dns error|no such host"
        r"|(network|host) is unreachable|\bdial tcp\b|failed to (fetch|establish a new connection)"
        r"|connection (refused|reset|aborted)|\beconn(refused|reset)\b|\betimedout\b|timed? out\b|i/o timeout"
        r"|error sending request|no route to host|proxyconnect|tunneling socket",
        "the network or the package index did not respond",
        "Check the network, or configure a proxy or mirror (HTTPS_PROXY, PIP_INDEX_URL, GOPROXY, npm's registry)",
    ),
    (
        r"permission denied|\beacces\b|\beperm\b|read-only file system|\berofs\b|operation not permitted",
        "a file or folder is not writable",
        "Allow this user to write to the checkout and to the cache folders",
    ),
    (
        r"signal: killed|\(signal: 9, sigkill|out of memory|\benomem\b|cannot allocate memory",
        "there was not enough memory",
        "Close other programs",
    ),
    (
        r"no module named '?(ensurepip|venv|pip)\b|ensurepip is not",
        "this Python lacks pip and venv",
        "On Debian or Ubuntu, run `apt-get install python3-venv`",
    ),
    (
        r"(\bg?cc|g\+\+|\bclang|c compiler)\b[^\n]*(not found|no such file)|command '\S*(cc|g\+\+|clang)' failed"
        r"|linker [`']?\w+[`']? not found|no matching distribution|no wheels|no solution found",
        "a package has no build for this system, and no C compiler is installed",
        "Use Linux or macOS on x86-64 or ARM64, or install a C compiler",
    ),
)
# A tool that prints one of these can no longer succeed, although it may go on for minutes.
FATAL_CAUSES = CAUSES[:2]
ERROR = re.compile(
    r"\b(errors?|fatal|failed|failure|panic|cannot|could not|not found|denied|killed)\b|^E: ", re.IGNORECASE
)
# Lines about the progress of a tool. They name packages, and a package may be called anything.
PROGRESS = re.compile(
    r"\s*(\$ |go: downloading |(Down|Up)load|Fetching|Get:\d|(Re)?[Cc]ompiling|Building|Collecting|Unpacking|Added )"
)
COLOR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
TAIL_BYTES = 20_000
MAX_SHOWN_LINES = 3


class SetupError(Exception):
    """What failed, why (as far as known), what to do, and where the full log is."""

    def __init__(self, failure: str, cause: str, advice: str, log: Path | None = None) -> None:
        self.log = log
        suffix = f" The full log is {log}." if log else ""
        super().__init__(f"{failure}: {cause}. {advice}, then start again.{suffix}")


def error_from_log(failure: str, log: Path, exit_code: int) -> SetupError:
    """Return the error for a failed tool: the newest known cause in its log, or its last error lines."""
    lines = message_lines(tail(log, TAIL_BYTES))
    causes = (known_cause(line) for line in reversed(lines))
    known = next((cause for cause in causes if cause), None)
    errors = [line for line in lines if ERROR.search(line)] or lines[-1:]
    shown = " | ".join(errors[-MAX_SHOWN_LINES:]) or "no output"
    unknown = f"the tool exited with {exit_code} ({shown})", "Read the log and fix the error"
    return SetupError(failure, *(known or unknown), log)


def error_from_os(failure: str, error: OSError) -> SetupError:
    """Return the error for a failed system call of this process."""
    message = error.strerror or str(error)
    return SetupError(failure, *(known_cause(message) or (message, "Fix this error")))


def known_cause(line: str, causes: Sequence[tuple[str, str, str]] = CAUSES) -> tuple[str, str] | None:
    """Return the cause and the advice for a typical error message, or None."""
    for pattern, cause, advice in causes:
        if re.search(pattern, line, re.IGNORECASE):
            return cause, advice
    return None


def is_fatal(output: str) -> bool:
    """Return whether the tool that printed this can no longer succeed."""
    return any(known_cause(line, FATAL_CAUSES) for line in message_lines(output))


def message_lines(text: str) -> list[str]:
    """Return the non-empty lines without terminal colors and without reports of progress."""
    lines = (line.strip() for line in COLOR.sub("", text).splitlines())
    return [line for line in lines if line and not PROGRESS.match(line)]


def tail(path: Path, size: int) -> str:
    """Return the last `size` bytes of a log; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_line(text: str) -> str:
    """Return the last non-empty line, without terminal colors."""
    lines = [line.strip() for line in COLOR.sub("", text).splitlines()]
    return next((line for line in reversed(lines) if line), "")
