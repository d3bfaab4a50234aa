"""Webhooks: their management, their deliveries, and their import and export."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.delivery import DeliveryList, DeliveryPath, DeliveryQuery, DeliveryShape
from dashboard.api.shapes.receiver import ReceiverKind, ReceiverKinds
from dashboard.api.shapes.webhook import (
    ExportedWebhooks,
    ImportWebhooksBody,
    WebhookBody,
    WebhookList,
    WebhookPath,
    WebhookShape,
    WebhookTestAnswer,
)
from dashboard.integrations.integration import Integration
from dashboard.integrations.registry import integrations
from dashboard.model.webhook import Delivery, DeliveryCounts, DeliveryState, Webhook

routes = Routes("webhooks")
_ID = "<webhook_id:webhook_id>"
_EXPORTED = ("name", "url", "integration", "events", "filters", "options", "enabled")


@routes.get("/webhooks", {200: WebhookList})
def list_webhooks() -> Response:
    """Return all webhooks by name, without their secrets."""
    return answer(shown(services().store.webhooks.all()))


@routes.post("/webhooks", {201: WebhookShape}, 409)
def create_webhook(body: WebhookBody) -> Response:
    """Create a webhook."""
    webhook = services().webhooks.book.create(body.to_request(), identity().who)
    describe_change(webhook.name, after=audited(webhook))
    return answer(entry_of(webhook), 201, {"Location": f"/webhooks/{webhook.webhook_id}"})


@routes.get("/webhooks/integrations", {200: ReceiverKinds})
def list_integrations() -> Response:
    """Return all kinds of receivers."""
    return answer(ReceiverKinds([kind_of(one) for one in integrations().values()]))


@routes.get("/webhooks/export", {200: ExportedWebhooks})
def export_webhooks() -> Response:
    """Return webhooks.json: all webhooks without secrets."""
    webhooks = [asdict(webhook) for webhook in services().store.webhooks.all()]
    exported = [{name: webhook[name] for name in _EXPORTED} for webhook in webhooks]
    headers = {"Content-Disposition": 'attachment; filename="webhooks.json"'}
    return answer(ExportedWebhooks.model_validate({"webhooks": exported}), headers=headers)


@routes.post("/webhooks/import", {200: WebhookList}, 409)
def import_webhooks(body: ImportWebhooksBody) -> Response:
    """Create webhooks, or replace those of the same name. Nothing changes if one of them is refused."""
    before = {webhook.name: audited(webhook) for webhook in services().store.webhooks.all()}
    imported = services().webhooks.book.import_all(
        [one.to_request() for one in body.webhooks], identity().who
    )
    after = {webhook.name: audited(webhook) for webhook in imported}
    describe_change(
        ", ".join(after), before={name: before[name] for name in after if name in before}, after=after
    )
    return answer(shown(imported))


@routes.get(f"/webhooks/{_ID}", {200: WebhookShape})
def read_webhook(path: WebhookPath) -> Response:
    """Return one webhook."""
    return answer(entry_of(services().webhooks.book.get(path.webhook_id)))


@routes.put(f"/webhooks/{_ID}", {200: WebhookShape}, 409)
def replace_webhook(path: WebhookPath, body: WebhookBody) -> Response:
    """Replace a webhook. An omitted URL or secret stays as it is."""
    before = audited(services().webhooks.book.get(path.webhook_id))
    webhook = services().webhooks.book.update(path.webhook_id, body.to_request(), identity().who)
    describe_change(webhook.name, before=before, after=audited(webhook))
    return answer(entry_of(webhook))


@routes.delete(f"/webhooks/{_ID}", {204: None})
def delete_webhook(path: WebhookPath) -> Response:
    """Delete a webhook with its deliveries. Pending ones are not sent."""
    webhook = services().webhooks.book.delete(path.webhook_id)
    describe_change(webhook.name, before=audited(webhook))
    return no_content()


@routes.post(f"/webhooks/{_ID}/test", {200: WebhookTestAnswer})
def test_webhook(path: WebhookPath) -> Response:
    """Send a test payload now, and return what the receiver answered."""
    describe_change(services().webhooks.book.get(path.webhook_id).name)
    attempt = services().webhooks.book.test(path.webhook_id)
    message = attempt.error or f"the receiver accepted it ({attempt.status})"
    return answer(
        WebhookTestAnswer(ok=attempt.succeeded, status=attempt.status, answer=attempt.answer, message=message)
    )


@routes.get(f"/webhooks/{_ID}/deliveries", {200: DeliveryList})
def list_deliveries(path: WebhookPath, query: DeliveryQuery) -> Response:
    """Return the deliveries of a webhook, newest first. `Link: rel="next"` is the next page."""
    services().webhooks.book.get(path.webhook_id)
    found = services().store.deliveries.newest(
        path.webhook_id,
        state=DeliveryState(query.state) if query.state else None,
        before=query.before,
        limit=query.limit + 1,
    )
    page, headers = found[: query.limit], {}
    if len(found) > query.limit:
        next_query = request.args.to_dict() | {"before": str(page[-1].number)}
        headers["Link"] = f'</webhooks/{path.webhook_id}/deliveries?{urlencode(next_query)}>; rel="next"'
    return answer(DeliveryList([delivery_entry(one) for one in page]), headers=headers)


@routes.post(f"/webhooks/{_ID}/deliveries/<int:n>/resend", {200: DeliveryShape}, 409)
def resend_delivery(path: DeliveryPath) -> Response:
    """Send an ended delivery again, with the same event ID."""
    delivery = services().webhooks.book.resend(path.webhook_id, path.n)
    describe_change(f"{services().webhooks.book.get(path.webhook_id).name} {path.n}")
    services().webhooks.loop.wake()
    return answer(delivery_entry(delivery))


def shown(webhooks: list[Webhook]) -> WebhookList:
    """Return webhooks with the counts of their deliveries."""
    counts = services().store.deliveries.counts()
    return WebhookList([entry_of(one, counts.get(one.webhook_id, DeliveryCounts())) for one in webhooks])


def entry_of(webhook: Webhook, counts: DeliveryCounts | None = None) -> WebhookShape:
    """Return one webhook with the counts of its deliveries."""
    if counts is None:
        counts = services().store.deliveries.counts().get(webhook.webhook_id, DeliveryCounts())
    return WebhookShape.model_validate(asdict(webhook) | {"deliveries": asdict(counts)})


def delivery_entry(delivery: Delivery) -> DeliveryShape:
    """Return a delivery without the body of its event."""
    names = ("number", "attempts", "next_at", "ended_at", "status", "answer", "error")
    about = {"event_id": delivery.event.event_id, "event": delivery.event.name.value, "at": delivery.event.at}
    values = {name: getattr(delivery, name) for name in names} | about
    return DeliveryShape.model_validate(
        values | {"run_id": delivery.event.run_id, "state": delivery.state.value}
    )


def kind_of(integration: Integration) -> ReceiverKind:
    """Return a kind of receiver in the form of the API."""
    return ReceiverKind.model_validate(
        {
            "name": integration.name,
            "title": integration.title,
            "url_hint": integration.url_hint,
            "accepts": list(integration.accepts),
            "default_events": list(integration.default_events),
            "hides_url": integration.hides_url,
            "takes_token": integration.token_header is not None,
            "options": [asdict(option) for option in integration.options],
        }
    )


def audited(webhook: Webhook) -> dict[str, Any]:
    """Return what the audit log keeps. Values of options stay out, because a template can hold a secret."""
    names = ("integration", "url", "events", "filters", "enabled", "is_signed", "has_token", "header_names")
    entry = asdict(webhook)
    return {name: entry[name] for name in names} | {"options": sorted(webhook.options)}
