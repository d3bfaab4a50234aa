"""SIGINT, SIGTERM and SIGHUP have the same meaning: Ctrl-C, `timeout`, a CI system and a closed terminal all stop."""

import signal
from collections.abc import Callable, Iterable
from types import FrameType

TERMINATION_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], object]


def handle_termination(
    handler: Handler, signals: Iterable[signal.Signals] = TERMINATION_SIGNALS
) -> dict[signal.Signals, object]:
    """Let `handler` receive the signals, and return the previous handlers. An ignored signal stays ignored.

    `nohup` ignores SIGHUP, and a shell without job control ignores SIGINT for programs in the background.
    """
    heard = [number for number in signals if signal.getsignal(number) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in heard}


def restore_handlers(previous: dict[signal.Signals, object]) -> None:
    """Restore the handlers that `handle_termination` returned."""
    for number, handler in previous.items():
        signal.signal(number, handler)  # type: ignore[arg-type]


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, as Python does for SIGINT."""
    raise KeyboardInterrupt
