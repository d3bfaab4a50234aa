from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.setup.error import error_from_log, is_fatal, last_line


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


LOGS: dict[str, tuple[str, str]] = {
    "Rust without a toolchain, in a build that names certificates": (
        """$ go build -o influxd ./cmd/influxd
go: downloading github.com/influxdata/influxdb/v2 v2.9.1
go: downloading github.com/cloudflare/certificate-transparency-go v1.3.1
# github.com/influxdata/flux/libflux/go/libflux
# [pkg-config --cflags  -- flux]
Error running cargo {"error": "exit status 1", "output": "error: toolchain 'stable' is not installed"}
pkg-config: exit status 1
go: downloading github.com/zoom/self-signed-x509 v0.0.1
""",
        "rustup has no Rust toolchain",
    ),
    "a retry that succeeded before the real error": (
        """WARNING: Retrying (Retry(total=4)) after connection broken by 'ConnectionResetError: connection reset'
Downloading flask-3.1.3-py3-none-any.whl (103 kB)
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    flask==3.1.3 from flask-3.1.3-py3-none-any.whl: expected sha256 12, got 34
""",
        "does not match the lock file",
    ),
    "a C error in a file whose path contains gcc": (
        """/usr/lib/gcc/x86_64/12/include/stddef.h: In function 'main':
driver.c:7:3: error: expected ';' before 'return'
make: *** [driver.o] Error 1
""",
        "driver.c:7:3: error: expected ';' before 'return' | make: *** [driver.o] Error 1",
    ),
    "a package index that npm cannot reach": (
        """npm http fetch GET 200 room-timeout 12ms (cache hit)
npm error code ENOTFOUND
npm error network request to the index failed, reason: getaddrinfo ENOTFOUND index
npm error A complete log of this run can be found in: /root/.npm/_logs/x-debug-0.log
""",
        "did not respond",
    ),
    "a full disk during the link": (
        """go: downloading golang.org/x/crypto v0.31.0
# command-line-arguments
/usr/bin/ld: final link failed: No space left on device
collect2: error: ld returned 1 exit status
""",
        "the disk is full",
    ),
    "a compiler that was killed": (
        """   Compiling libflux v0.154.0
error: could not compile `libflux` (lib)
  process didn't exit successfully: `rustc --crate-name oomph` (signal: 9, SIGKILL: kill)
""",
        "not enough memory",
    ),
    "a missing linker": (
        """   Compiling proc-macro2 v1.0.92
error: linker `cc` not found
  = note: No such file or directory (os error 2)
error: could not compile `proc-macro2` (build script) due to 1 previous error
""",
        "no C compiler is installed",
    ),
    "an apt mirror that changed": (
        """Get:1 main amd64 Packages [8,788 kB]
E: Failed to fetch main/binary-amd64/Packages  Hash Sum mismatch
E: Some index files failed to download.
""",
        "does not match the lock file",
    ),
    "an unknown error after a package called permission-denied": (
        """Collecting permission-denied==1.0
Building wheel for eperm-certificate
error: the frobnicator failed
""",
        "the tool exited with 7 (error: the frobnicator failed)",
    ),
}


@pytest.mark.parametrize(("text", "cause"), LOGS.values(), ids=LOGS.keys())
def test_the_cause_is_the_error_of_the_failed_command(tmp_path: Path, text: str, cause: str) -> None:
    log = tmp_path / "log"
    log.write_text(text)
    assert cause in str(error_from_log("It failed", log, 7))


@pytest.mark.parametrize(
    ("text", "fatal"),
    [
        ("error: toolchain 'stable-x86_64' is not installed\n", True),
        ("write /tmp/x.o: no space left on device\n", True),
        ("WARNING: Retrying after connection reset\n", False),
        ("go: downloading example.com/no-space-left v1.0.0\n", False),
    ],
)
def test_only_an_error_without_remedy_is_fatal(text: str, *, fatal: bool) -> None:
    assert is_fatal(text) == fatal


def test_the_last_line_has_no_color_codes() -> None:
    assert last_line("first\n\x1b[31m second \x1b[0m\n \n") == "second"
