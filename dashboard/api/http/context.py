"""How handlers access the services of the application."""

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from dashboard.services import Services


def services() -> "Services":
    """Return the services given to `create_app`."""
    return cast("Services", current_app.extensions["services"])
