"""Loop: failing ticks, waking and stopping."""

import threading

from structlog.testing import capture_logs

from dashboard.loop import Loop


def test_a_failing_tick_is_counted_and_does_not_end_the_loop() -> None:
    calls = []
    second = threading.Event()

    def tick(now: float) -> float:
        calls.append(now)
        if len(calls) == 1:
            loop.wake()
            raise ValueError("boom")
        second.set()
        return 60

    loop = Loop("test", tick)
    loop.start()
    assert second.wait(5)
    assert loop.stop()
    assert loop.health() == {"name": "test", "alive": False, "errors": 1, "last_error": "ValueError: boom"}


def test_a_repeated_error_is_logged_once() -> None:
    failures = iter(["a", "a", "a", "b"])
    done = threading.Event()

    def tick(now: float) -> None:
        loop.wake()
        if message := next(failures, None):
            raise ValueError(message)
        done.set()

    loop = Loop("test", tick)
    with capture_logs() as logged:
        loop.start()
        assert done.wait(5)
    assert loop.errors == 4
    assert [entry["event"] for entry in logged] == ["loop.tick_failed"] * 2


def test_a_tick_that_returns_none_ends_the_loop() -> None:
    done = threading.Event()

    def tick(now: float) -> None:
        done.set()

    loop = Loop("test", tick)
    loop.start()
    assert done.wait(5)
    assert loop.stop()


def test_waking_cuts_the_pause_short() -> None:
    ticks = threading.Semaphore(0)

    def tick(now: float) -> float:
        ticks.release()
        return 60

    loop = Loop("test", tick)
    loop.start()
    assert ticks.acquire(timeout=5)
    loop.wake()
    assert ticks.acquire(timeout=5)
    assert loop.stop()
