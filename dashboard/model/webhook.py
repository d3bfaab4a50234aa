"""Webhooks: receivers of outbox events, and the deliveries to them. No secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.model.outgoing import EventName, OutboxEvent

MAX_WEBHOOKS = 50
MAX_WEBHOOK_URL_CHARACTERS = 2_048
MAX_WEBHOOK_HEADERS = 20
# Further events are stored as dead deliveries, which can be resent.
MAX_PENDING_DELIVERIES = 20_000
WEBHOOK_ID = "wh_[a-z2-7]{12}"


class DeliveryState(StrEnum):
    """`skipped`: the event is not for this receiver, for example because the run has no commit."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFilter:
    """Which runs a webhook is about. An empty list admits all; a run needs all of `tags` and `meta`."""

    profiles: tuple[str, ...] = ()
    env_profiles: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)

    def admits(self, event: OutboxEvent) -> bool:
        """Return whether the filter lets an event through. An event without a verdict has none of `verdicts`."""
        run, meta = event.body["run"], event.body.get("meta") or {}
        baseline = event.body.get("baseline") or run
        return (
            _is_listed(baseline["profile"], self.profiles)
            and _is_listed(baseline["env_profile"], self.env_profiles)
            and _is_listed(run["verdict"], self.verdicts)
            and set(self.tags) <= set(run.get("tags", ()))
            and all(meta.get(key) == value for key, value in self.meta.items())
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook as it is stored and shown.

    url: with its secret part masked if `hides_url`; the secret file then holds the whole URL
    header_names: the names of additional headers, whose values are secret
    is_signed, has_token: whether a signing secret and an access token for the receiver are stored
    disabled_reason: why the dashboard itself disabled it
    """

    webhook_id: str
    name: str
    integration: str
    url: str
    events: tuple[EventName, ...]
    filters: WebhookFilter = field(default_factory=WebhookFilter)
    options: Mapping[str, str] = field(default_factory=dict)
    header_names: tuple[str, ...] = ()
    hides_url: bool = False
    is_signed: bool = False
    has_token: bool = False
    enabled: bool = True
    disabled_reason: str | None = None
    created_at: str
    changed_at: str
    changed_by: str | None = None

    def wants(self, event: OutboxEvent) -> bool:
        """Return whether an event is to be delivered."""
        return self.enabled and event.name in self.events and self.filters.admits(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook.

    since: when the current series of attempts began; it is given up 24 hours later
    status, answer, error: of the last attempt
    """

    number: int
    webhook_id: str
    event: OutboxEvent
    state: DeliveryState
    attempts: int
    since: str
    next_at: str | None = None
    ended_at: str | None = None
    status: int | None = None
    answer: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """How many deliveries of a webhook are in each state. Delivered ones are counted while they are kept."""

    pending: int = 0
    delivered: int = 0
    dead: int = 0
    skipped: int = 0


def _is_listed(value: str | None, admitted: tuple[str, ...]) -> bool:
    return not admitted or value in admitted
