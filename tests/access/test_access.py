"""Token, cookie, badge key and rate limiting."""

import stat
from pathlib import Path
from typing import Any

import pytest

from dashboard.access.access import Access
from dashboard.access.reach import is_loopback
from dashboard.access.throttle import Throttle, TooManyAttempts
from dashboard.model.errors import Unavailable
from dashboard.model.identity import MAIN
from dashboard.settings import Settings

TOKEN, OTHER = "tökén-with-16-letters", "another-long-token"


def make_access(folder: Path, **changes: Any) -> Access:
    return Access(
        Settings(_env_file=None, **{"data_dir": folder, "auth": "always", "dashboard_token": "", **changes})
    )


@pytest.mark.parametrize(
    ("auth", "host", "changes", "required"),
    [
        ("auto", "127.0.0.1", {}, False),
        ("auto", "::1", {}, False),
        ("auto", "localhost", {}, False),
        ("auto", "0.0.0.0", {}, True),
        ("auto", "::", {}, True),
        ("auto", "perf.example", {}, True),
        ("auto", "127.0.0.1", {"trusted_proxy": "127.0.0.1"}, True),
        ("auto", "127.0.0.1", {"dashboard_names": "perf.example"}, True),
        ("auto", "::1", {"trusted_proxy": "::1", "dashboard_names": "perf.example"}, True),
        ("auto", "0.0.0.0", {"trusted_proxy": "10.0.0.1"}, True),
        ("always", "127.0.0.1", {}, True),
        ("never", "0.0.0.0", {}, False),
        ("never", "127.0.0.1", {"trusted_proxy": "127.0.0.1"}, False),
    ],
)
def test_a_token_is_required_beyond_loopback_behind_a_proxy_or_by_setting(
    tmp_path: Path, auth: str, host: str, changes: dict[str, str], required: bool
) -> None:
    assert make_access(tmp_path, auth=auth, dashboard_host=host, **changes).required is required


def test_the_token_is_created_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first, second = make_access(tmp_path / "data"), make_access(tmp_path / "data")
    path = tmp_path / "data" / "token"

    assert len(first.token) >= 32
    assert first.token == second.token == path.read_text().strip()
    assert (first.token_created, second.token_created) == (True, False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_token_is_created_when_none_is_required(tmp_path: Path) -> None:
    assert make_access(tmp_path, auth="auto").token == ""
    assert not list(tmp_path.iterdir())


def test_a_token_from_the_settings_is_not_written_to_disk(tmp_path: Path) -> None:
    assert make_access(tmp_path, dashboard_token=TOKEN).token == TOKEN
    assert sorted(path.name for path in tmp_path.iterdir()) == ["badge-secret", "cookie-secret"]


def test_an_empty_token_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(Unavailable, match="Delete it"):
        make_access(tmp_path)


def test_only_the_exact_token_is_accepted(tmp_path: Path) -> None:
    access = make_access(tmp_path, dashboard_token=TOKEN)

    assert access.check(TOKEN, "10.0.0.1", 0)
    assert not access.check("token", "10.0.0.1", 0)
    assert not access.check("", "10.0.0.1", 0)


def test_without_a_token_nothing_is_accepted(tmp_path: Path) -> None:
    access = make_access(tmp_path, auth="never")

    assert not access.check("", "10.0.0.1", 0)
    assert not access.accepts_cookie(access.cookie(MAIN))


def test_cookies_without_a_valid_signature_are_refused(tmp_path: Path) -> None:
    access, other = make_access(tmp_path, dashboard_token=TOKEN), make_access(tmp_path, dashboard_token=OTHER)
    cookie = access.cookie(MAIN)

    assert access.accepts_cookie(cookie)
    assert not other.accepts_cookie(cookie)
    assert not [
        bad for bad in ("", "main", cookie[:-1], f"2{cookie[1:]}", "main..") if access.accepts_cookie(bad)
    ]


def test_an_expired_cookie_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = make_access(tmp_path, dashboard_token=TOKEN)
    cookie = access.cookie(MAIN)
    monkeypatch.setattr("dashboard.access.access.COOKIE_MAX_AGE_S", -1)

    assert not access.accepts_cookie(cookie)


def test_ten_wrong_tokens_block_further_guesses_for_a_minute(tmp_path: Path) -> None:
    access = make_access(tmp_path, dashboard_token=TOKEN)
    for n in range(10):
        assert not access.check("guess", "10.0.0.1", float(n))
    with pytest.raises(TooManyAttempts) as refused:
        access.check("guess", "10.0.0.1", 10.0)

    assert refused.value.retry_after_s == 51
    assert not access.check("guess", "10.0.0.2", 10.0)
    assert not access.check("guess", "10.0.0.1", 60.0)


def test_the_right_token_passes_while_its_address_is_blocked(tmp_path: Path) -> None:
    access = make_access(tmp_path, dashboard_token=TOKEN)
    for _ in range(10):
        access.check("guess", "10.0.0.1", 0.0)

    assert access.check(TOKEN, "10.0.0.1", 1.0)
    with pytest.raises(TooManyAttempts):
        access.check("guess", "10.0.0.1", 1.0)


@pytest.mark.parametrize(
    ("guesser", "other", "together"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1", True),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("::ffff:10.0.0.1", "::1", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_failures_count_per_ipv4_address_and_per_ipv6_network(
    tmp_path: Path, guesser: str, other: str, together: bool
) -> None:
    access = make_access(tmp_path, dashboard_token=TOKEN)
    for _ in range(10):
        access.check("guess", guesser, 0.0)

    blocked = False
    try:
        access.check("guess", other, 1.0)
    except TooManyAttempts:
        blocked = True
    assert blocked is together


def test_a_weak_token_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    with pytest.raises(Unavailable, match="too easy to guess: it has only 6 characters"):
        make_access(tmp_path)


def test_badge_keys_do_not_depend_on_the_token(tmp_path: Path) -> None:
    """Otherwise a published badge key would confirm guesses of the token."""
    first = make_access(tmp_path / "a", dashboard_token=TOKEN)
    same_token = make_access(tmp_path / "b", dashboard_token=TOKEN)
    same_secret = make_access(tmp_path / "a", dashboard_token=OTHER)
    key = first.badge_key("latest")

    assert key != same_token.badge_key("latest")
    assert same_secret.accepts_badge_key("latest", key)
    assert not same_token.accepts_badge_key("latest", key)
    assert not first.accepts_badge_key("other", key)
    assert stat.S_IMODE((tmp_path / "a" / "badge-secret").stat().st_mode) == 0o600


def test_the_throttle_keeps_a_bounded_number_of_clients() -> None:
    throttle = Throttle(max_failures=1, max_clients=3)
    for n in range(5):
        throttle.record_failure(f"c{n}", 0.0)

    blocked = [throttle.seconds_until_retry(f"c{n}", 0.0) > 0 for n in range(5)]
    assert blocked == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("host", "loopback"), [("[::1]", True), ("127.5.5.5", True), ("10.0.0.1", False), ("", False)]
)
def test_loopback_hosts_are_recognized(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
