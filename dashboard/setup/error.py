"""The error of a failed setup step, with a cause and advice for the user."""

from __future__ import annotations

import re
from pathlib import Path

# Typical messages of tools, most specific first: (pattern, cause, advice).
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"no space left|enospc|disk quota exceeded|disk full",
        "the disk is full",
        "Free some space",
    ),
    (
        r"hash mismatch|do not match the hashes|eintegrity|checksum mismatch|security error",
        "a downloaded file does not match the lock file",
        "Try again; if the error persists, a mirror or proxy changes files",
    ),
    (
        r"unknownissuer|certificate|self.signed|x509|ssl:",
        "the server's certificate is not trusted here",
        "Set SSL_CERT_FILE to the certificates of your network",
    ),
    (
        r"name resolution|could not resolve|enotfound|eai_again|dns error|no such host|unreachable|dial tcp"
        r"|failed to (fetch|establish)|connection (refused|reset|aborted)|econnre|etimedout|timed? ?out"
        r"|error sending request|no route to host|proxyconnect|tunneling socket",
        "the network or the package index did not respond",
        "Check the network, or configure a proxy or mirror (HTTPS_PROXY, PIP_INDEX_URL, GOPROXY, npm's registry)",
    ),
    (
        r"permission denied|eacces|eperm|read-only file system|erofs|operation not permitted",
        "a file or folder is not writable",
        "Allow this user to write to the checkout and to the cache folders",
    ),
    (
        r"signal: killed|out of memory|enomem|cannot allocate memory|oom",
        "there was not enough memory",
        "Close other programs",
    ),
    (
        r"no module named (ensurepip|venv|pip)|ensurepip is not",
        "this Python lacks pip and venv",
        "On Debian or Ubuntu, run `apt-get install python3-venv`",
    ),
    (
        r"gcc|g\+\+|clang|cc1|linker|command 'cc'|no matching distribution|no wheels|no solution found",
        "a package has no build for this system, and no C compiler is installed",
        "Use Linux or macOS on x86-64 or ARM64, or install a C compiler",
    ),
)


class SetupError(Exception):
    """What failed, why (as far as known), what to do, and where the full log is."""

    def __init__(self, failure: str, cause: str, advice: str, log: Path | None = None) -> None:
        self.log = log
        suffix = f" The full log is {log}." if log else ""
        super().__init__(f"{failure}: {cause}. {advice}, then start again.{suffix}")


def error_from_log(failure: str, log: Path, exit_code: int) -> SetupError:
    """Return the error for a failed tool, with the cause found in its log."""
    text = tail(log, 20_000)
    last = last_line(text) or "no output"
    unknown = f"the tool exited with {exit_code} ({last})", "Read the log and fix the error"
    return SetupError(failure, *(known_cause(text) or unknown), log)


def error_from_os(failure: str, error: OSError) -> SetupError:
    """Return the error for a failed system call of this process."""
    message = error.strerror or str(error)
    return SetupError(failure, *(known_cause(message) or (message, "Fix this error")))


def known_cause(text: str) -> tuple[str, str] | None:
    """Return the cause and the advice for a typical error message, or None."""
    for pattern, cause, advice in CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return cause, advice
    return None


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
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).splitlines()]
    return next((line for line in reversed(lines) if line), "")
