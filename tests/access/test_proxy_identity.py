"""Identities that a reverse proxy states: only from its address, only valid ones."""

from typing import Any

import pytest

from dashboard.access.access import Access
from dashboard.access.proxy_identity import ProxyIdentity
from dashboard.model.errors import Forbidden, Unavailable
from dashboard.model.identity import Identity, Role
from dashboard.settings import Settings

PROXY = "10.0.0.7"
USER, ROLE = "X-Forwarded-User", "X-Forwarded-Role"


def settings(**changes: Any) -> Settings:
    fields = {"trusted_proxy": PROXY, "auth_proxy_user_header": USER, "auth_proxy_role_header": ROLE}
    return Settings(_env_file=None, **(fields | changes))


def identify(peer: str, user: str | None, role: str | None, **changes: Any) -> Identity | None:
    given = {name: value for name, value in ((USER, user), (ROLE, role)) if value is not None}
    return ProxyIdentity(settings(**changes)).identify(peer, lambda name: given.get(name, ""))


@pytest.mark.parametrize(
    ("user", "role", "who", "expected"),
    [
        ("ann", "viewer", "ann", Role.VIEWER),
        ("ann", "runner", "ann", Role.RUNNER),
        ("ann", "Admin", "ann", Role.ADMIN),
        (" ann@example.com ", None, "ann@example.com", Role.VIEWER),
        ("ann", "", "ann", Role.VIEWER),
        ("DOMAIN\\ann lee", "runner", "DOMAIN\\ann lee", Role.RUNNER),
        ("Zo\u00c3\u00ab", "viewer", "Zoë", Role.VIEWER),
    ],
)
def test_the_proxy_states_user_and_role(user: str, role: str | None, who: str, expected: Role) -> None:
    assert identify(PROXY, user, role) == Identity(who=who, role=expected, via="proxy")


@pytest.mark.parametrize("peer", ["10.0.0.8", "127.0.0.1", "::1", "", "10.0.0.70"])
def test_headers_of_anyone_else_are_ignored(peer: str) -> None:
    assert identify(peer, "ann", "admin") is None


@pytest.mark.parametrize("user", [None, "", "  "])
def test_without_a_user_there_is_no_identity(user: str | None) -> None:
    assert identify(PROXY, user, "admin") is None


@pytest.mark.parametrize("role", ["owner", "admin, viewer", "viewer,admin", "adm\u00efn", "admin\x7f", "1"])
def test_an_unknown_role_is_refused_by_name(role: str) -> None:
    with pytest.raises(Forbidden, match="The role must be one of viewer, runner, admin"):
        identify(PROXY, "ann", role)


@pytest.mark.parametrize("user", ["ann, bob", "a\x1b[31m", "x" * 129, "a\tb", "a\x00"])
def test_a_user_that_cannot_be_one_person_is_refused(user: str) -> None:
    with pytest.raises(Forbidden, match="It must replace a header that a client sends"):
        identify(PROXY, user, None)


@pytest.mark.parametrize("user", ["{http.reverse_proxy.header.Remote-User}", "{{ user }}"])
def test_a_placeholder_is_refused(user: str) -> None:
    with pytest.raises(Forbidden, match="is a placeholder without a value"):
        identify(PROXY, user, None)


@pytest.mark.parametrize("user", ["local", "main token"])
def test_the_names_of_our_own_identities_are_refused(user: str) -> None:
    with pytest.raises(Forbidden, match="is reserved"):
        identify(PROXY, user, "viewer")


@pytest.mark.parametrize("role", list(Role))
def test_users_without_a_role_get_the_default(role: Role) -> None:
    found = identify(PROXY, "ann", "admin", auth_proxy_role_header="", auth_proxy_default_role=role.value)

    assert found is not None
    assert found.role is role


def test_without_the_setting_no_header_counts() -> None:
    assert identify(PROXY, "ann", "admin", auth_proxy_user_header="", auth_proxy_role_header="") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trusted_proxy": ""}, "requires TRUSTED_PROXY"),
        ({"trusted_proxy": "*"}, "requires TRUSTED_PROXY"),
        ({"auth": "never"}, "contradicts AUTH=never"),
        ({"auth_proxy_user_header": ""}, "AUTH_PROXY_ROLE_HEADER requires AUTH_PROXY_USER_HEADER"),
        ({"auth_proxy_user_header": "X User"}, "AUTH_PROXY_USER_HEADER: X User cannot carry"),
        ({"auth_proxy_user_header": "Authorization"}, "AUTH_PROXY_USER_HEADER: Authorization cannot carry"),
        ({"auth_proxy_role_header": "Cookie"}, "AUTH_PROXY_ROLE_HEADER: Cookie cannot carry"),
        ({"auth_proxy_role_header": "X_Role"}, "AUTH_PROXY_ROLE_HEADER: X_Role cannot carry"),
    ],
)
def test_settings_that_do_not_fit_together_stop_the_start(changes: dict[str, str], message: str) -> None:
    with pytest.raises(Unavailable, match=message):
        Access(settings(**changes))
