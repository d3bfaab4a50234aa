"""Large data files: the server stores them in bounded memory, and the memory of k6 is predictable."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest
import requests

from dashboard.run_folder.files import ExitFile
from tests.e2e.harness import Server

pytestmark = pytest.mark.k6
MIB = 1 << 20
ROW_BYTES = 100
# the parser's buffers, a part of 4 MiB as text and as lines, and freed memory that Python keeps
MAX_SERVER_GROWTH_MIB = 32
MAX_K6_BASE_MIB = 160  # k6 itself, and a part while it is split into lines


def write_csv(path: Path, rows: int) -> None:
    padding = "x" * (ROW_BYTES - 30)
    with path.open("w") as file:
        file.write("number,name,note,padding\n")
        file.writelines(f'{n},"user, {n:07}",ü,{padding}\n' for n in range(rows))


@pytest.mark.parametrize(
    "rows", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)], ids=["5 MB", "100 MB, 1,000,000 rows"]
)
def test_a_large_file_needs_bounded_memory(server: Server, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "large.csv"
    write_csv(path, rows)
    server.endpoints({"name": "Take", "path": "/${row.number}", "data_file": "large", "data_rows": "unique"})
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    with path.open("rb") as file:
        response = requests.post(
            f"{server.url}/data/upload", data={"name": "large"}, files={"file": file}, timeout=120
        )
    growth = peak_rss(server.process.pid) - before

    assert (response.status_code, response.json()["rows"]) == (201, rows)
    run_id = server.run("http://127.0.0.1:9", vus=20, duration="1s")
    record = server.wait_until_ended(run_id, within_s=120)
    exit_file = server.folder(run_id).read(ExitFile)
    assert exit_file is not None
    assert exit_file.max_rss_bytes is not None
    size = path.stat().st_size
    print(
        json.dumps({"rows": rows, "bytes": size, "server_bytes": growth, "k6_bytes": exit_file.max_rss_bytes})
    )
    assert record["status"] == "finished"
    assert record["total_reqs"] > 0
    assert growth < MAX_SERVER_GROWTH_MIB * MIB
    assert exit_file.max_rss_bytes < MAX_K6_BASE_MIB * MIB + 6 * size


def peak_rss(pid: int) -> int:
    """Return the peak memory of a process in bytes; its current memory on systems that do not record the peak."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return int(psutil.Process(pid).memory_info().rss)
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
