"""create_app builds the Flask application for given services: the gate, the routes and the pages."""

from pathlib import Path

from flask import Flask

from dashboard.api import (
    annotations,
    audit,
    baselines,
    comparison,
    config,
    data,
    demo,
    discover,
    dry,
    endpoints,
    health,
    influx,
    k6_proxy,
    login,
    pages,
    reports,
    run,
    runs,
    session,
    settings,
    slo,
    stream,
    tokens,
    trends,
    webhooks,
)
from dashboard.api.http import audit as audit_hook
from dashboard.api.http import base_path, errors, gate, openapi, responses
from dashboard.api.http.routes import CONVERTERS
from dashboard.reports.page import STATIC
from dashboard.services import Services

MAX_BODY_BYTES = 1024 * 1024
DOCUMENTED = (
    run.routes,
    dry.routes,
    config.routes,
    endpoints.routes,
    annotations.routes,
    baselines.routes,
    comparison.routes,
    data.routes,
    trends.routes,
    runs.routes,
    slo.routes,
    reports.routes,
    stream.routes,
    k6_proxy.routes,
    demo.routes,
    discover.routes,
    influx.routes,
    login.routes,
    session.routes,
    tokens.routes,
    webhooks.routes,
    settings.routes,
    audit.routes,
    health.routes,
    openapi.routes,
)


def create_app(services: Services, static: Path = STATIC) -> Flask:
    """Return the Flask application. `static` is the folder of the built front end."""
    app = Flask("dashboard", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config[pages.STATIC] = static
    app.extensions["services"] = services
    app.url_map.converters |= CONVERTERS
    app.url_map.merge_slashes = False
    gate.register(app)
    errors.register(app)
    audit_hook.register(app)
    responses.register(app)
    for routes in DOCUMENTED:
        app.register_blueprint(routes.blueprint)
    app.register_blueprint(pages.blueprint)
    base_path.register(app)
    openapi.register(app, DOCUMENTED)
    return app
