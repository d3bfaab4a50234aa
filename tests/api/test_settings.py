"""The settings in force over HTTP."""

from collections.abc import Callable

from dashboard.app import create_app
from dashboard.services import Services

SECRET = "do-not-return"


def test_settings_have_values_and_sources_but_no_secrets(make_services: Callable[..., Services]) -> None:
    response = create_app(make_services(vus=7, auth_token=SECRET)).test_client().get("/settings")
    found = {setting["name"]: setting for setting in response.json}
    assert (found["VUS"]["value"], found["VUS"]["source"]) == ("7", "flag")
    assert (found["AUTH_TOKEN"]["value"], found["AUTH_TOKEN"]["is_set"]) == (None, True)
    assert SECRET not in response.text
