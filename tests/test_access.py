"""Token, cookie, badge key and rate limiting."""

import stat
from pathlib import Path
from typing import Any

import pytest

from dashboard.access import Access, Throttle, TooManyAttempts, is_loopback
from dashboard.model.errors import Unavailable
from dashboard.settings import Settings


def access(folder: Path, **changes: Any) -> Access:
    return Access(
        Settings(_env_file=None, **{"data_dir": folder, "auth": "always", "dashboard_token": "", **changes})
    )


@pytest.mark.parametrize(
    ("auth", "host", "required"),
    [
        ("auto", "127.0.0.1", False),
        ("auto", "::1", False),
        ("auto", "localhost", False),
        ("auto", "0.0.0.0", True),
        ("auto", "::", True),
        ("auto", "perf.example", True),
        ("always", "127.0.0.1", True),
        ("never", "0.0.0.0", False),
    ],
)
def test_a_token_is_required_beyond_loopback_or_by_setting(
    tmp_path: Path, auth: str, host: str, required: bool
) -> None:
    assert access(tmp_path, auth=auth, dashboard_host=host).required is required


def test_the_token_is_created_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first, second = access(tmp_path / "data"), access(tmp_path / "data")
    path = tmp_path / "data" / "token"

    assert len(first.token) >= 32
    assert first.token == second.token == path.read_text().strip()
    assert (first.token_created, second.token_created) == (True, False)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_token_is_created_when_none_is_required(tmp_path: Path) -> None:
    assert access(tmp_path, auth="auto").token == ""
    assert not list(tmp_path.iterdir())


def test_a_token_from_the_settings_is_not_written_to_disk(tmp_path: Path) -> None:
    assert access(tmp_path, dashboard_token="mine").token == "mine"
    assert not list(tmp_path.iterdir())


def test_an_empty_token_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(Unavailable, match="Delete it"):
        access(tmp_path)


def test_only_the_exact_token_is_accepted(tmp_path: Path) -> None:
    made = access(tmp_path, dashboard_token="tökén")

    assert made.check("tökén", "10.0.0.1", 0)
    assert not made.check("token", "10.0.0.1", 0)
    assert not made.check("", "10.0.0.1", 0)


def test_without_a_token_nothing_is_accepted(tmp_path: Path) -> None:
    made = access(tmp_path, auth="never")

    assert not made.check("", "10.0.0.1", 0)
    assert not made.accepts_cookie(made.cookie())


def test_cookies_without_a_valid_signature_are_refused(tmp_path: Path) -> None:
    made, other = access(tmp_path, dashboard_token="a"), access(tmp_path, dashboard_token="b")
    cookie = made.cookie()

    assert made.accepts_cookie(cookie)
    assert not other.accepts_cookie(cookie)
    assert not [bad for bad in ("", "1", cookie[:-1], f"2{cookie[1:]}", "1..") if made.accepts_cookie(bad)]


def test_an_expired_cookie_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = access(tmp_path, dashboard_token="a")
    cookie = made.cookie()
    monkeypatch.setattr("dashboard.access.COOKIE_MAX_AGE_S", -1)

    assert not made.accepts_cookie(cookie)


def test_ten_wrong_tokens_block_the_client_for_a_minute(tmp_path: Path) -> None:
    made = access(tmp_path, dashboard_token="a")
    for n in range(10):
        assert not made.check("guess", "10.0.0.1", float(n))
    with pytest.raises(TooManyAttempts) as refused:
        made.check("a", "10.0.0.1", 10.0)

    assert refused.value.retry_after_s == 51
    assert made.check("a", "10.0.0.2", 10.0)
    assert made.check("a", "10.0.0.1", 60.0)


def test_addresses_in_one_ipv6_network_count_as_one_client(tmp_path: Path) -> None:
    made = access(tmp_path, dashboard_token="a")
    for n in range(10):
        made.check("guess", f"2001:db8::{n:x}", 0.0)

    with pytest.raises(TooManyAttempts):
        made.check("guess", "2001:db8::ffff", 1.0)


def test_the_throttle_keeps_a_bounded_number_of_clients() -> None:
    throttle = Throttle(max_failures=1, max_clients=3)
    for n in range(5):
        throttle.record_failure(f"c{n}", 0.0)

    assert [throttle.wait_s(f"c{n}", 0.0) > 0 for n in range(5)] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("host", "loopback"), [("[::1]", True), ("127.5.5.5", True), ("10.0.0.1", False), ("", False)]
)
def test_loopback_hosts_are_recognized(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
