"""A thousand idle users poll the control channel: k6 sends few requests and uses little CPU."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.run_folder.files import ControlFile, RunFolder
from dashboard.runner import ports
from dashboard.runner.channel import Channel, ChannelResponse
from dashboard.runner.receiver import Receiver
from tests.k6.conftest import K6, SCRIPT, Recorder

pytestmark = [pytest.mark.k6, pytest.mark.long, pytest.mark.serial]

USERS = 1_000
DURATION_S = 20


class RecordingChannel(Channel):
    """A channel that records the times of its queries."""

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder, poll_ms=2_000, now_ms=lambda: time.time_ns() // 1_000_000, log=print)
        self.queried_at: list[float] = []

    def respond(self, key: str) -> ChannelResponse:
        self.queried_at.append(time.monotonic())
        return super().respond(key)


@pytest.fixture
def channel_and_port(tmp_path: Path) -> Iterator[tuple[RecordingChannel, int]]:
    listener = ports.listen_on_free_port()
    channel, port = RecordingChannel(RunFolder(tmp_path)), ports.port_of(listener)
    receiver = Receiver(port, listener, "bearer", lambda _: None, print, channel=channel, channel_key="key")
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.is_set():
            receiver.accept_waiting()
            time.sleep(0.001)

    thread = threading.Thread(target=serve)
    thread.start()
    yield channel, port
    stopping.set()
    thread.join()
    receiver.serve_remaining(0)


def test_a_thousand_idle_users_cause_few_requests_and_little_cpu(
    k6: K6, recorder: Recorder, channel_and_port: tuple[RecordingChannel, int], tmp_path: Path
) -> None:
    channel, port = channel_and_port
    RunFolder(tmp_path).write(ControlFile(1, 0, paused=True, vus=None, share=None, refresh=0))
    config = tmp_path / "channel.json.config"
    source = {
        "urlTemplate": f"http://127.0.0.1:{port}/k6/{{key}}",
        "headers": {"Authorization": "Bearer key"},
    }
    limits = {"timeout": "500ms", "maxRetries": 0, "requestsPerMinuteLimit": 600_000, "requestsBurst": 10_000}
    config.write_text(json.dumps(source | limits))
    script_env = {
        "LOAD_PROFILE": "smoke",
        "VUS": str(USERS),
        "DURATION": f"{DURATION_S}s",
        "BASE_URL": recorder.url,
    }
    script_env |= {"ENDPOINTS_FILE": k6.write_endpoints({"path": "/"}), "CHANNEL": "ctl"}
    argv = [
        str(k6.program),
        "run",
        "--quiet",
        "--no-usage-report",
        "--no-thresholds",
        "--summary-mode=disabled",
    ]
    argv += ["--address", "127.0.0.1:0", f"--secret-source=url=name=ctl,config={config}"]
    argv += [part for name, value in script_env.items() for part in ("-e", f"{name}={value}")]
    started_at = time.monotonic()
    with (tmp_path / "k6.log").open("wb") as log:
        process = subprocess.Popen([*argv, str(SCRIPT)], stdout=log, stderr=log, cwd=tmp_path)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (tmp_path / "k6.log").read_text()[-2000:]
    first = channel.queried_at[1]  # the first query is sent while k6 initializes the users
    early_queries = sum(at < first + 4 for at in channel.queried_at)
    later = [at for at in channel.queried_at if at >= first + 4]
    rate = len(later) / (later[-1] - later[0])
    cpu = usage.ru_utime + usage.ru_stime
    print(
        f"{USERS} idle users: {early_queries} queries in the first 4 s, then {rate:.1f}/s; k6 used "
        f"{cpu:.1f} s of CPU in {time.monotonic() - started_at:.0f} s, including its start"
    )
    assert recorder.received == []
    assert early_queries <= 60
    assert rate <= 10
    assert cpu <= 0.6 * DURATION_S
