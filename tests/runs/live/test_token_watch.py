"""Detection of mostly rejected requests, from windows alone."""

from dashboard.model.tally import Tally
from dashboard.runs.live.token_watch import UnauthorizedMonitor
from tests.factories import a_histogram


def window(good: int, rejected: int, expected: int = 0) -> Tally:
    tally = Tally()
    for key, count in (("2+", good), ("4-", rejected), ("4+", expected)):
        if count:
            tally.durations[key] = a_histogram([0.01] * count)
    tally.statuses = {"200": good, "401": rejected + expected}
    return tally


def monitor_of(*windows: Tally, window_s: float = 2.0) -> UnauthorizedMonitor:
    monitor = UnauthorizedMonitor()
    for seq, tally in enumerate(windows, 1):
        monitor.add(seq, window_s, tally)
    return monitor


def test_a_minority_of_rejected_requests_is_not_reported() -> None:
    assert monitor_of(window(0, 50), window(10, 40)).rejected_share() == 0.9
    assert monitor_of(window(40, 50), window(90, 20)).rejected_share() is None


def test_one_short_window_is_not_enough() -> None:
    assert monitor_of(window(0, 50)).rejected_share() is None
    assert monitor_of(window(0, 50), window_s=5.0).rejected_share() == 1.0


def test_old_windows_do_not_count() -> None:
    assert monitor_of(*[window(100, 0)] * 9, window(0, 100), window(0, 100)).rejected_share() == 1.0
    assert monitor_of(*[window(0, 100)] * 9, window(100, 0), window(100, 0)).rejected_share() is None


def test_a_window_that_is_added_again_counts_once() -> None:
    monitor = monitor_of(window(0, 50), window(0, 50))
    monitor.add(2, 2.0, window(150, 50))
    assert monitor.rejected_share() is None


def test_expected_rejections_and_few_requests_do_not_count() -> None:
    assert monitor_of(window(0, 0, 50), window(0, 0, 50)).rejected_share() is None
    assert monitor_of(window(0, 4), window(0, 5)).rejected_share() is None


def test_windows_before_a_reset_do_not_count() -> None:
    monitor = monitor_of(window(0, 50), window(0, 50))
    monitor.reset()
    monitor.add(3, 2.0, window(0, 50))
    assert monitor.rejected_share() is None
