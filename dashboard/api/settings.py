"""The settings in force."""

from dataclasses import asdict

from flask import Response

from dashboard.api.http.context import services
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.setting import SettingList, SettingShape
from dashboard.setting_texts import settings_in_force

routes = Routes("settings")


@routes.get("/settings", {200: SettingList})
def list_settings() -> Response:
    """Return all settings with the values in force and where they come from. For secrets, only whether they are set."""
    in_force = settings_in_force(services().settings)
    return answer(SettingList([SettingShape.model_validate(asdict(setting)) for setting in in_force]))
