"""The live stream: server-sent events of the topics that a page asked for."""

from collections.abc import Iterator

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.queries import StreamQuery
from dashboard.model.errors import Unavailable
from dashboard.runs.publish.hub import HubClosed, Subscription, TooManyStreams

routes = Routes("stream")
BEAT_S = 10.0
BEAT = b": beat\n\n"
RETRY_AFTER_S = 10
EVENT_STREAM = "text/event-stream"


class TooManyListeners(Unavailable):
    """All places for streams are taken."""

    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("Too many pages listen already. Close some, or try again.")


@routes.get("/stream", {200: EVENT_STREAM}, 404, 503)
def listen(query: StreamQuery) -> Response:
    """Events as they happen: `hello` first, then `run`, `snapshot`, `breakdown`, `ops`, `event`, `log`, `reset`."""
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    if request.method == "HEAD":
        return Response(headers=headers, mimetype=EVENT_STREAM)
    topics = [resolved(topic) for topic in query.topics.split(",")]
    try:
        subscription = services().hub.subscribe(topics, request.headers.get("Last-Event-ID"))
    except TooManyStreams:
        raise TooManyListeners from None
    except HubClosed:
        raise Unavailable("The dashboard is being stopped.") from None
    response = Response(pieces(subscription), headers=headers, mimetype=EVENT_STREAM)
    response.call_on_close(subscription.close)
    return response


def resolved(topic: str) -> str:
    """The topic with `latest` replaced by the run that it means now."""
    kind, _, run_id = topic.partition(":")
    return f"{kind}:{services().reader.resolve(run_id)}" if run_id == "latest" else topic


def pieces(subscription: Subscription) -> Iterator[bytes]:
    """What is sent, until the server stops or the client leaves. Beats find out that a client has left."""
    try:
        while True:
            yield subscription.next(BEAT_S) or BEAT
    except HubClosed:
        return
    finally:
        subscription.close()
