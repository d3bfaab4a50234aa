"""The first signal is a request to stop; a second one ends the command."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from dashboard.terminal import interrupts as module
from dashboard.terminal.interrupts import Interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def default_handlers() -> Iterator[None]:
    """No signal is ignored at the start, and all handlers are restored at the end."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_wakes_the_command_up(number: signal.Signals) -> None:
    with Interrupts() as interrupts:
        os.kill(os.getpid(), number)
        started = time.monotonic()
        interrupts.wait(30)
        assert time.monotonic() - started < 10
        assert interrupts.count == 1


def test_signals_in_a_burst_are_one_request() -> None:
    with Interrupts() as interrupts:
        for number in (*SIGNALS, *SIGNALS):
            os.kill(os.getpid(), number)
        assert interrupts.count == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_the_command(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    monkeypatch.setattr(module, "BURST_S", 0.0)
    with Interrupts():
        os.kill(os.getpid(), number)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGHUP)
        assert interrupts.count == 0


def test_handlers_are_restored() -> None:
    with Interrupts():
        assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_wait_without_a_signal_ends_in_time() -> None:
    with Interrupts() as interrupts:
        interrupts.wait(0.01)
        assert interrupts.count == 0
