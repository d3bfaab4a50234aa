"""Shapes of settings."""

from pydantic import Field, RootModel

from dashboard.api.shapes.base import ResponseShape
from dashboard.api.shapes.derive import with_fields
from dashboard.setting_texts import SettingInForce, SettingSource


@with_fields(
    SettingInForce,
    group="Heading in docs/settings.md",
    name="Name of the variable",
    value="As it is written in `.env`; null for a secret, and if it is not set",
    is_secret="The value is never returned",
    is_set="The setting has a value",
)
class SettingShape(ResponseShape):
    """A setting with the value in force."""

    source: SettingSource = Field(
        description="Where the value comes from; `file`: from the file whose path the variable NAME_FILE contains"
    )


class SettingList(RootModel[list[SettingShape]]):
    """All settings, in the order of docs/settings.md."""
