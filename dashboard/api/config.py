"""Configuration: defaults and limits of runs, and the endpoints file. Secrets are never returned."""

from flask import Response, request

from dashboard import __version__
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.config import (
    EndpointsFileAnswer,
    JsonSchemaAnswer,
    ProfileShape,
    RunConfigAnswer,
    SecretsShape,
)
from dashboard.endpoints.parse import json_schema
from dashboard.model.durations import parse_duration
from dashboard.model.json_text import json_text
from dashboard.runs.start.auth import configured_fields, default_auth_mode
from dashboard.settings import Settings

routes = Routes("config")
DURATIONS = ("duration", "ramp_duration", "soak_duration", "stress_step_duration", "spike_duration")


@routes.get("/run/config", {200: RunConfigAnswer})
def read_config() -> Response:
    """Return the defaults and limits of a run. For secrets, return only whether they are set."""
    settings, document = services().settings, services().endpoints.read()
    shape = RunConfigAnswer(
        base_url=settings.base_url,
        profile=settings.load_profile,
        rate=settings.rate,
        vus=settings.vus,
        **{name: getattr(settings, name) for name in DURATIONS},
        apdex_t_ms=settings.apdex_t,
        auth_mode=default_auth_mode(settings),
        auth_api_key_header=settings.auth_api_key_header,
        secrets=secrets_of(settings),
        max_vus=settings.max_vus,
        max_rate=settings.max_rate,
        max_duration_s=parse_duration(settings.max_duration),
        max_live_runs=settings.k6_max_concurrency,
        profiles=[
            ProfileShape(name=profile.name, purpose=profile.purpose, uses=list(profile.uses))
            for profile in services().profiles.values()
        ],
        slos=document.slos,
        endpoints_count=len(document.endpoints),
        endpoints_service=document.service,
        demo_url=services().demo.url,
        k6_version=services().k6.version,
        version=__version__,
    )
    return answer(shape)


@routes.get("/config/endpoints", {200: EndpointsFileAnswer, 304: None}, 404)
def read_endpoints() -> Response:
    """Return the endpoints file. Send its `ETag` in `If-None-Match` to receive it only when it has changed."""
    document = services().endpoints.read()
    response = json_answer(document.raw.decode("utf-8", "replace"))
    response.set_etag(document.sha256)
    response.make_conditional(request)
    return response


@routes.get("/config/schema", {200: JsonSchemaAnswer})
def read_schema() -> Response:
    """Return the JSON Schema of the endpoints file, for editors and programs."""
    return json_answer(json_text(json_schema()))


def secrets_of(settings: Settings) -> SecretsShape:
    """Return whether each authentication setting is set."""
    return SecretsShape(
        **{name: "set" if is_set else "not set" for name, is_set in configured_fields(settings).items()}
    )
