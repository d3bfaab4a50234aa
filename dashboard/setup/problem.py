"""A set-up step that cannot go on, in the words a person gets to read."""

from __future__ import annotations

import re
from pathlib import Path

# What tools say about the usual misfortunes, most telling first: (pattern, what it means, what to do).
CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"no space left|enospc|disk quota exceeded|disk full",
        "the disk is full",
        "Free some space",
    ),
    (
        r"hash mismatch|do not match the hashes|eintegrity|checksum mismatch|security error",
        "a downloaded file is not the one that the lock file names",
        "Try again; if it stays so, the mirror in between changes files",
    ),
    (
        r"unknownissuer|certificate|self.signed|x509|ssl:",
        "the server's certificate is not trusted here",
        "Point SSL_CERT_FILE to the certificates of your network",
    ),
    (
        r"name resolution|could not resolve|enotfound|eai_again|dns error|no such host|unreachable|dial tcp"
        r"|failed to (fetch|establish)|connection (refused|reset|aborted)|econnre|etimedout|timed? ?out"
        r"|error sending request|no route to host|proxyconnect|tunneling socket",
        "the network or the package index did not answer",
        "Check it, or name a proxy or mirror (HTTPS_PROXY, PIP_INDEX_URL, GOPROXY, npm's registry)",
    ),
    (
        r"permission denied|eacces|eperm|read-only file system|erofs|operation not permitted",
        "a file or folder may not be written",
        "Give yourself the right to write in the checkout and in your cache folders",
    ),
    (
        r"signal: killed|out of memory|enomem|cannot allocate memory|oom",
        "the memory was not enough",
        "Close something big",
    ),
    (
        r"no module named (ensurepip|venv|pip)|ensurepip is not",
        "this Python came without pip and venv",
        "On Debian or Ubuntu: `apt-get install python3-venv`",
    ),
    (
        r"gcc|g\+\+|clang|cc1|linker|command 'cc'|no matching distribution|no wheels|no solution found",
        "a package has no ready build for this system, and no compiler is here to make one",
        "Use Linux or macOS on x86-64 or ARM64, or install a C compiler",
    ),
)


class SetupProblem(Exception):
    """One sentence: what failed, why (as far as the tools tell), what to do, where the whole log is."""

    def __init__(self, what: str, why: str, advice: str, log: Path | None = None) -> None:
        self.log = log
        end = f" The full log is {log}." if log else ""
        super().__init__(f"{what}: {why}. {advice}, then start again.{end}")


def from_log(what: str, log: Path, exit_code: int) -> SetupProblem:
    """Read the cause out of what the tool wrote."""
    text = tail(log, 20_000)
    last = last_line(text) or "it said nothing"
    unknown = f"it ended with {exit_code} ({last})", "Read the log and mend that"
    return SetupProblem(what, *(cause(text) or unknown), log)


def from_error(what: str, error: OSError) -> SetupProblem:
    """The same for what the system told this process itself."""
    words = error.strerror or str(error)
    return SetupProblem(what, *(cause(words) or (words, "Mend that")))


def cause(text: str) -> tuple[str, str] | None:
    """What it means and what to do, if it is one of the usual misfortunes."""
    for pattern, why, advice in CAUSES:
        if re.search(pattern, text, re.IGNORECASE):
            return why, advice
    return None


def tail(path: Path, size: int) -> str:
    """The last `size` bytes of a log, or nothing."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_line(text: str) -> str:
    """The last line that says something, without a terminal's colours."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text).splitlines()]
    return next((line for line in reversed(lines) if line), "")
