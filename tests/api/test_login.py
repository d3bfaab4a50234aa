"""Login: from the token to a cookie."""

import copy

import pytest
from flask import Flask

from dashboard.access.access import COOKIE, Access
from tests.api.conftest import TOKEN


def test_a_program_gets_a_cookie_that_opens_the_dashboard(locked: Flask) -> None:
    client = locked.test_client()
    answer = client.post("/login", json={"token": TOKEN})
    cookie = answer.headers["Set-Cookie"]

    assert answer.status_code == 204
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    assert client.get("/run/status").status_code == 200


def test_behind_tls_the_cookie_is_secure(locked: Flask) -> None:
    answer = locked.test_client().post("/login", json={"token": TOKEN}, base_url="https://localhost")

    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_a_form_redirects_to_the_page(locked: Flask) -> None:
    answer = locked.test_client().post(
        "/login", data={"token": f" {TOKEN}\n"}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Set-Cookie"].startswith(COOKIE)


def test_a_form_with_a_wrong_token_shows_the_login_page_with_an_error(locked: Flask) -> None:
    answer = locked.test_client().post("/login", data={"token": "<b>wrong</b>"})

    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert "The token is wrong" in answer.text
    assert "<b>" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_program_with_a_wrong_token_gets_a_problem(locked: Flask) -> None:
    answer = locked.test_client().post("/login", json={"token": "wrong"})

    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("as_form", [True, False])
def test_many_wrong_tokens_are_answered_with_429(locked: Flask, as_form: bool) -> None:
    client = locked.test_client()
    for _ in range(10):
        client.post("/login", json={"token": "guess"})
    kind = "data" if as_form else "json"
    answer = client.post("/login", **{kind: {"token": "guess"}})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert client.post("/login", **{kind: {"token": TOKEN}}).status_code in (204, 303)


def test_a_new_token_makes_old_cookies_invalid(locked: Flask) -> None:
    client = locked.test_client()
    client.post("/login", json={"token": TOKEN})
    services = copy.copy(locked.extensions["services"])
    services.access = Access(
        services.settings.model_copy(
            update={"dashboard_token": type(services.settings.dashboard_token)("another-long-token")}
        )
    )
    locked.extensions["services"] = services

    assert client.get("/run/status").status_code == 401


def test_login_succeeds_when_no_token_is_required(idle: Flask) -> None:
    assert idle.test_client().post("/login", json={"token": "anything"}).status_code == 204


def test_the_login_page_works_without_scripts(locked: Flask) -> None:
    page = locked.test_client().get("/login")
    style = locked.test_client().get("/pages/builtin.css")

    assert '<form method="post" action="login">' in page.text
    assert "<script" not in page.text
    assert (style.status_code, style.mimetype) == (200, "text/css")
