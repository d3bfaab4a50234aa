"""The demo service: a target for a first test."""

from flask import Response

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.responses import answer
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.demo import DemoAnswer

routes = Routes("demo")


@routes.post("/demo/start", {201: DemoAnswer}, 503)
def start_demo() -> Response:
    """Start the demo service, a small shop on this machine. Returns its URL, even when it is already running."""
    url = services().demo.start()
    describe_change(url)
    return answer(DemoAnswer(url=url), 201, {"Location": url})
