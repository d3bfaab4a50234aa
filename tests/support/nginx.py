"""A real nginx with an example of the manual."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.conftest import ROOT
from tests.e2e.harness import wait_for


def examples(page: str) -> list[str]:
    """Return the configurations of nginx on a page of the manual."""
    return re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)


def with_changes(example: str, changes: Sequence[tuple[str, str]]) -> str:
    """Return the example with its addresses replaced. Every address to replace must occur in the example."""
    for before, after in changes:
        assert before in example, before
        example = example.replace(before, after)
    return example


@contextmanager
def running_nginx(nginx_bin: Path, folder: Path, example: str, is_up: Callable[[], int]) -> Iterator[None]:
    """Run nginx with an example inside a minimal nginx.conf, and wait until `is_up` returns a status below 500."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(
        "daemon off; master_process off;\n"
        f"pid {folder}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{example}}}\n"
    )
    nginx = subprocess.Popen([nginx_bin, "-p", folder, "-c", config, "-e", folder / "nginx.log"])
    try:
        wait_for(lambda: _responds(is_up), "nginx is up")
        yield
    finally:
        nginx.terminate()
        nginx.wait(timeout=10)


def _responds(is_up: Callable[[], int]) -> bool:
    try:
        return is_up() < 500
    except requests.ConnectionError:
        return False
