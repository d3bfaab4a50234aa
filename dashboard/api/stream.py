"""The event stream: server-sent events of the requested topics."""

from collections.abc import Callable, Iterator
from functools import partial

from flask import Response, request

from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.stream import StreamQuery
from dashboard.model.errors import Unavailable
from dashboard.runs.publish.hub import HubClosed, Subscription, TooManyStreams

routes = Routes("stream")
HEARTBEAT_S = 10.0
HEARTBEAT = b": beat\n\n"
RETRY_AFTER_S = 10
EVENT_STREAM = "text/event-stream"


class StreamLimitReached(Unavailable):
    """The maximum number of streams is open."""

    retry_after_s = RETRY_AFTER_S

    def __init__(self) -> None:
        super().__init__("The maximum number of event streams is open. Close some pages, or try again later.")


@routes.get("/stream", {200: EVENT_STREAM}, 404, 503)
def listen(query: StreamQuery) -> Response:
    """Send events as they happen: `hello`, then `run`, `snapshot`, `breakdown`, `ops`, `event`, `log` and `reset`."""
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}
    if request.method == "HEAD":
        return Response(headers=headers, mimetype=EVENT_STREAM)
    listener = identity()
    topics = [resolve_latest(topic) for topic in query.topics.split(",")]
    try:
        subscription = services().hub.subscribe(
            topics, request.headers.get("Last-Event-ID"), owner=listener.token_id
        )
    except TooManyStreams:
        raise StreamLimitReached from None
    except HubClosed:
        raise Unavailable("The dashboard is stopping.") from None
    may_listen = partial(services().access.is_current, listener)
    response = Response(chunks(subscription, may_listen), headers=headers, mimetype=EVENT_STREAM)
    response.call_on_close(subscription.close)
    return response


def resolve_latest(topic: str) -> str:
    """Return the topic with the ID of the newest run instead of `latest`."""
    kind, _, run_id = topic.partition(":")
    return f"{kind}:{services().reader.resolve(run_id)}" if run_id == "latest" else topic


def chunks(subscription: Subscription, may_listen: Callable[[], bool]) -> Iterator[bytes]:
    """Yield the messages of the stream until the server stops, or the token of the client is revoked or expires.

    Writing a heartbeat detects a closed connection.
    """
    try:
        while True:
            message = subscription.next(HEARTBEAT_S) or HEARTBEAT
            if not may_listen():
                return
            yield message
    except HubClosed:
        return
    finally:
        subscription.close()
