"""Large data files: the server takes them in bounded memory, and k6 reads them in memory that is known."""

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
SERVER_MIB = 32  # the parser's buffers, a part of 4 MiB as text and as lines, and what Python keeps
K6_MIB = 160  # k6 itself, and a part while it is cut into lines


def write_csv(path: Path, rows: int) -> None:
    filling = "x" * (ROW_BYTES - 30)
    with path.open("w") as file:
        file.write("number,name,note,filling\n")
        file.writelines(f'{n},"user, {n:07}",ü,{filling}\n' for n in range(rows))


@pytest.mark.parametrize(
    "rows", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)], ids=["5 MB", "100 MB, 1,000,000 rows"]
)
def test_a_large_file_costs_bounded_memory(server: Server, tmp_path: Path, rows: int) -> None:
    path = tmp_path / "large.csv"
    write_csv(path, rows)
    server.endpoints({"name": "Take", "path": "/${row.number}", "data_file": "large", "data_rows": "unique"})
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    with path.open("rb") as file:
        answer = requests.post(
            f"{server.url}/data/upload", data={"name": "large"}, files={"file": file}, timeout=120
        )
    peak = highest(server.process.pid) - before

    assert (answer.status_code, answer.json()["rows"]) == (201, rows)
    run_id = server.run("http://127.0.0.1:9", vus=20, duration="1s")
    record = server.wait_until_ended(run_id, within_s=120)
    ended = server.folder(run_id).read(ExitFile)
    assert ended is not None
    assert ended.max_rss_bytes is not None
    size = path.stat().st_size
    print(json.dumps({"rows": rows, "bytes": size, "server_bytes": peak, "k6_bytes": ended.max_rss_bytes}))
    assert record["status"] == "finished"
    assert record["total_reqs"] > 0
    assert peak < SERVER_MIB * MIB
    assert ended.max_rss_bytes < K6_MIB * MIB + 6 * size


def highest(pid: int) -> int:
    """The most memory that a process ever held, in bytes; what it holds now where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return int(psutil.Process(pid).memory_info().rss)
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
