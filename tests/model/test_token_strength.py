"""Weak tokens are refused, random tokens are not."""

import secrets

import pytest

from dashboard.model.token_strength import check_strength
from dashboard.settings import Settings


@pytest.mark.parametrize(
    "token",
    [
        "a",
        "password",
        "fifteen-letters",
        "a" * 64,
        "ab" * 16,
        "0000000011111111",
        "abcdefghabcdefgh",
        "secret12secret12secret12",
        "1234567890123456",
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihg",
    ],
)
def test_a_weak_token_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="too easy to guess.*at least 16 random characters"):
        check_strength(token)
    with pytest.raises(ValueError, match="DASHBOARD_TOKEN|dashboard_token") as refused:
        Settings(_env_file=None, dashboard_token=token)
    assert f"'{token}'" not in str(refused.value)


def test_random_tokens_are_accepted() -> None:
    for _ in range(500):
        for token in (secrets.token_hex(16), secrets.token_urlsafe(12), secrets.token_urlsafe(24)):
            check_strength(token)


def test_an_empty_token_is_accepted() -> None:
    assert Settings(_env_file=None, dashboard_token="").dashboard_token.get_secret_value() == ""
