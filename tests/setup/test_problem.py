from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.problem import from_log, last_line


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("npm error code ENOSPC", "the disk is full"),
        ("npm error code EINTEGRITY", "not the one that the lock file names"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock file names"),
        ("invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("tls: failed to verify certificate: x509: unknown authority", "certificate is not trusted"),
        ("npm error code EAI_AGAIN", "did not answer"),
        ("dial tcp: lookup proxy on 127.0.0.53:53: no such host", "did not answer"),
        ("Temporary failure in name resolution", "did not answer"),
        ("error: Permission denied (os error 13)", "may not be written"),
        ("compile: signal: killed", "memory was not enough"),
        ("/usr/bin/python3: No module named ensurepip", "without pip and venv"),
        ("error: command 'cc' failed: No such file or directory", "no compiler is here"),
        ("something new", "it ended with 7 (something new)"),
        ("", "it said nothing"),
    ],
)
def test_the_cause_is_read_out_of_the_log(tmp_path: Path, line: str, cause: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"{line}\n\n")
    words = str(from_log("It failed", log, 7))
    assert words.startswith("It failed: ")
    assert cause in words
    assert words.endswith(f"The full log is {log}.")


def test_the_last_line_is_free_of_colours() -> None:
    assert last_line("first\n\x1b[31m second \x1b[0m\n \n") == "second"
