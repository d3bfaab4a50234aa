"""When refusals are a storm: from windows alone."""

from dashboard.model.tally import Tally
from dashboard.runs.live.token_watch import UnauthorizedMonitor
from tests.factories import a_histogram


def window(good: int, refused: int, expected: int = 0) -> Tally:
    tally = Tally()
    for key, count in (("2+", good), ("4-", refused), ("4+", expected)):
        if count:
            tally.durations[key] = a_histogram([0.01] * count)
    tally.statuses = {"200": good, "401": refused + expected}
    return tally


def storm_of(*windows: Tally, window_s: float = 2.0) -> UnauthorizedMonitor:
    storm = UnauthorizedMonitor()
    for seq, tally in enumerate(windows, 1):
        storm.see(seq, window_s, tally)
    return storm


def test_most_requests_of_the_last_seconds_must_be_refused() -> None:
    assert storm_of(window(0, 50), window(10, 40)).share() == 0.9
    assert storm_of(window(40, 50), window(90, 20)).share() is None


def test_one_window_is_not_enough() -> None:
    assert storm_of(window(0, 50)).share() is None
    assert storm_of(window(0, 50), window_s=5.0).share() == 1.0


def test_old_windows_do_not_count() -> None:
    assert storm_of(*[window(100, 0)] * 9, window(0, 100), window(0, 100)).share() == 1.0
    assert storm_of(*[window(0, 100)] * 9, window(100, 0), window(100, 0)).share() is None


def test_a_window_that_comes_again_counts_once() -> None:
    storm = storm_of(window(0, 50), window(0, 50))
    storm.see(2, 2.0, window(150, 50))
    assert storm.share() is None


def test_refusals_that_are_expected_and_a_handful_are_no_storm() -> None:
    assert storm_of(window(0, 0, 50), window(0, 0, 50)).share() is None
    assert storm_of(window(0, 4), window(0, 5)).share() is None


def test_what_was_forgotten_does_not_count() -> None:
    storm = storm_of(window(0, 50), window(0, 50))
    storm.forget()
    storm.see(3, 2.0, window(0, 50))
    assert storm.share() is None
