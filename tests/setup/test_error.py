from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.error import error_from_log, last_line


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("npm error code ENOSPC", "the disk is full"),
        ("npm error code EINTEGRITY", "does not match the lock file"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "does not match the lock file"),
        ("invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("tls: failed to verify certificate: x509: unknown authority", "certificate is not trusted"),
        ("npm error code EAI_AGAIN", "did not respond"),
        ("dial tcp: lookup proxy on 127.0.0.53:53: no such host", "did not respond"),
        ("Temporary failure in name resolution", "did not respond"),
        ("error: Permission denied (os error 13)", "not writable"),
        ("compile: signal: killed", "not enough memory"),
        ("/usr/bin/python3: No module named ensurepip", "lacks pip and venv"),
        ("error: command 'cc' failed: No such file or directory", "no C compiler is installed"),
        ("something new", "the tool exited with 7 (something new)"),
        ("", "no output"),
    ],
)
def test_the_cause_is_found_in_the_log(tmp_path: Path, line: str, cause: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"{line}\n\n")
    message = str(error_from_log("It failed", log, 7))
    assert message.startswith("It failed: ")
    assert cause in message
    assert message.endswith(f"The full log is {log}.")


def test_the_last_line_has_no_color_codes() -> None:
    assert last_line("first\n\x1b[31m second \x1b[0m\n \n") == "second"
