"""A real demo service for each test, without latencies by default."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.demo.launcher import DemoProcess, start_demo

StartDemo = Callable[..., DemoProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartDemo]:
    started: list[DemoProcess] = []

    def start_one(*arguments: str) -> DemoProcess:
        demo = start_demo(None, tmp_path / "demo.log", ["--latency-scale", "0", "--seed", "7", *arguments])
        started.append(demo)
        return demo

    yield start_one
    for demo in started:
        demo.stop()


@pytest.fixture
def demo(start: StartDemo) -> DemoProcess:
    return start()
