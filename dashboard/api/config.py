"""What the form that starts a run needs: defaults, profiles, limits, and the endpoints file. Never a secret."""

from flask import Response, request

from dashboard import __version__
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer, json_answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.general import EndpointsDocument, JsonSchema, ProfileShape, RunConfigAnswer, Secrets
from dashboard.endpoints.parse import json_schema
from dashboard.model.durations import parse_duration
from dashboard.model.json_text import json_text
from dashboard.runs.start.auth import default_auth_mode, set_in
from dashboard.settings import Settings

routes = Routes("config")
DURATIONS = ("duration", "ramp_duration", "soak_duration", "stress_step_duration", "spike_duration")


@routes.get("/run/config", {200: RunConfigAnswer})
def read_config() -> Response:
    """Defaults and limits of a run. Of secrets it says only whether they are set."""
    here = services()
    settings, document = here.settings, here.endpoints.read()
    shape = RunConfigAnswer(
        base_url=settings.base_url,
        profile=settings.load_profile,
        rate=settings.rate,
        vus=settings.vus,
        **{name: getattr(settings, name) for name in DURATIONS},
        apdex_t_ms=settings.apdex_t,
        auth_mode=default_auth_mode(settings),  # type: ignore[arg-type]  # one of the modes
        auth_api_key_header=settings.auth_api_key_header,
        secrets=secrets_of(settings),
        max_vus=settings.max_vus,
        max_rate=settings.max_rate,
        max_duration_s=parse_duration(settings.max_duration),
        profiles=[
            ProfileShape(name=profile.name, purpose=profile.purpose, uses=list(profile.uses))
            for profile in here.profiles.values()
        ],
        slos=document.slos,
        endpoints_count=len(document.endpoints),
        endpoints_service=document.service,
        demo_url=here.demo.url,
        k6_version=here.k6.version,
        version=__version__,
    )
    return answer(shape)


@routes.get("/config/endpoints", {200: EndpointsDocument, 304: None}, 404)
def read_endpoints() -> Response:
    """The endpoints file as it is. `ETag` and `If-None-Match` tell whether it changed."""
    document = services().endpoints.read()
    response = json_answer(document.raw.decode("utf-8", "replace"))
    response.set_etag(document.sha256)
    response.make_conditional(request)
    return response


@routes.get("/config/schema", {200: JsonSchema})
def read_schema() -> Response:
    """The shape of the endpoints file as JSON Schema, for editors and programs."""
    return json_answer(json_text(json_schema()))


def secrets_of(settings: Settings) -> Secrets:
    """Whether each field of authentication is set."""
    return Secrets(**{name: "set" if there else "not set" for name, there in set_in(settings).items()})
