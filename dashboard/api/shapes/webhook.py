"""Shapes of webhooks, their deliveries, and their import and export."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import (
    HEADER_NAME,
    Line,
    RequestShape,
    ResponseShape,
    VerdictName,
)
from dashboard.model.annotations import (
    MAX_ENV_PROFILE_CHARACTERS,
    MAX_META_KEY_CHARACTERS,
    MAX_META_KEYS,
    MAX_META_VALUE_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
)
from dashboard.model.webhook import (
    MAX_WEBHOOK_HEADERS,
    MAX_WEBHOOK_URL_CHARACTERS,
    MAX_WEBHOOKS,
    WEBHOOK_ID,
    WebhookFilter,
)
from dashboard.webhooks.webhook_book import WebhookRequest

EventText = Literal[
    "run.started",
    "run.finished",
    "run.failed",
    "run.stopped",
    "run.invalid",
    "slo.breached",
    "baseline.changed",
]
MAX_FILTER_VALUES = 50
_SECRET = "Omitted: the stored one stays. null: none"


class WebhookPath(RequestShape):
    """A webhook."""

    webhook_id: Annotated[str, Field(pattern=f"^{WEBHOOK_ID}$", description="ID of a webhook")]


class FilterBody(RequestShape):
    """Which runs the webhook is about. An empty list admits all; a run needs all of `tags` and `meta`."""

    profiles: list[Annotated[Line, Field(max_length=64)]] = Field([], max_length=MAX_FILTER_VALUES)
    env_profiles: list[Annotated[Line, Field(max_length=MAX_ENV_PROFILE_CHARACTERS)]] = Field(
        [], max_length=MAX_FILTER_VALUES
    )
    verdicts: list[VerdictName] = Field([], max_length=5)
    tags: list[Annotated[Line, Field(max_length=MAX_TAG_CHARACTERS)]] = Field([], max_length=MAX_TAGS)
    meta: dict[
        Annotated[str, Field(max_length=MAX_META_KEY_CHARACTERS)],
        Annotated[str, Field(max_length=MAX_META_VALUE_CHARACTERS)],
    ] = Field({}, max_length=MAX_META_KEYS)


class WebhookBody(RequestShape):
    """A webhook. Secrets are write-only."""

    name: Annotated[Line, Field(max_length=100, examples=["github-status"])]
    url: Annotated[str, Field(max_length=MAX_WEBHOOK_URL_CHARACTERS)] | None = Field(
        None,
        description="`${key}` stands for a key of the run's metadata. Omitted in a change: the stored one stays",
        examples=["https://api.github.com/repos/org/repo/statuses/${commit_sha}"],
    )
    integration: Annotated[str, Field(max_length=40)] | None = Field(
        None,
        description="Kind of the receiver (`GET /webhooks/integrations`). Omitted: the one the URL belongs to",
    )
    events: list[EventText] = Field(
        [], max_length=20, description="Empty: the events that the receiver starts with"
    )
    filters: FilterBody = FilterBody()
    options: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=10_000)]] = Field(
        {}, max_length=10, description="Settings of the receiver (`GET /webhooks/integrations`)"
    )
    enabled: bool = True
    secret: Annotated[Line, Field(min_length=8, max_length=256)] | None = Field(
        None, description=f"Signs every request. {_SECRET}"
    )
    token: Annotated[Line, Field(max_length=4_096)] | None = Field(
        None, description=f"Access token for the receiver. {_SECRET}"
    )
    headers: (
        dict[
            Annotated[str, Field(pattern=HEADER_NAME, max_length=100)],
            Annotated[str, Field(max_length=4_096)],
        ]
        | None
    ) = Field(
        None, max_length=MAX_WEBHOOK_HEADERS, description=f"Additional headers, which are secret. {_SECRET}"
    )

    def to_request(self) -> WebhookRequest:
        """Return the request for the service."""
        filters = self.filters
        return WebhookRequest(
            name=self.name,
            url=self.url,
            integration=self.integration,
            events=tuple(self.events),
            filters=WebhookFilter(
                profiles=tuple(filters.profiles),
                env_profiles=tuple(filters.env_profiles),
                verdicts=tuple(filters.verdicts),
                tags=tuple(filters.tags),
                meta=filters.meta,
            ),
            options=self.options,
            enabled=self.enabled,
            secret=self.secret,
            token=self.token,
            headers=self.headers or {},
            given=frozenset(self.model_fields_set & {"secret", "token", "headers"}),
        )


class FilterShape(ResponseShape):
    """Which runs the webhook is about."""

    profiles: list[str]
    env_profiles: list[str]
    verdicts: list[VerdictName]
    tags: list[str]
    meta: dict[str, str]


class DeliveryCountsShape(ResponseShape):
    """How many deliveries are in each state. Of ended ones, the newest 1,000 of each state are kept."""

    pending: int
    delivered: int
    dead: int
    skipped: int


class WebhookShape(ResponseShape):
    """A webhook without its secrets."""

    webhook_id: str
    name: str
    integration: str
    url: str = Field(description="With its secret part masked")
    hides_url: bool = Field(description="A part of the URL is secret")
    events: list[EventText]
    filters: FilterShape
    options: dict[str, str]
    header_names: list[str]
    is_signed: bool
    has_token: bool
    enabled: bool
    disabled_reason: str | None = Field(description="Why the dashboard disabled it")
    created_at: str
    changed_at: str
    changed_by: str | None
    deliveries: DeliveryCountsShape


class WebhookList(RootModel[list[WebhookShape]]):
    """All webhooks by name."""


class WebhookTestAnswer(ResponseShape):
    """What the receiver answered to a test."""

    ok: bool
    status: int | None = Field(description="Null without a response")
    answer: str | None = Field(description="The start of the body")
    message: str


class ExportedWebhook(ResponseShape):
    """A webhook as `POST /webhooks` accepts it, without secrets."""

    name: str
    url: str
    integration: str
    events: list[EventText]
    filters: FilterShape
    options: dict[str, str]
    enabled: bool


class ExportedWebhooks(ResponseShape):
    """The content of webhooks.json."""

    webhooks: list[ExportedWebhook]


class ImportWebhooksBody(RequestShape):
    """The content of webhooks.json. Webhooks of the same name are replaced; their secrets stay unless given."""

    webhooks: Annotated[list[WebhookBody], Field(min_length=1, max_length=MAX_WEBHOOKS)]
