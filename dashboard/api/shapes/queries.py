"""What paths and query strings may hold. Everything arrives as text; unknown names are refused."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from dashboard.api.shapes.fields import Body, Number, ProfileName, Status, VerdictName, WholeNumber
from dashboard.model.run import iso
from dashboard.reports.badge import METRICS
from dashboard.runs.publish.hub import MAX_TOPICS, is_topic

SORT_COLUMNS = (
    *(
        "created_at",
        "profile",
        "env_profile",
        "label",
        "verdict",
        "status",
        "duration_s",
        "total_reqs",
        "rps",
    ),
    *(
        "error_rate",
        "avg_ms",
        "p50_ms",
        "p90_ms",
        "p95_ms",
        "p99_ms",
        "ttfb_ms",
        "apdex_score",
        "checks_rate",
    ),
)
RUN_ID = "^[0-9a-z-]{1,64}$"


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date or a time such as 2026-11-21 or 2026-11-21T10:15:00Z") from None
    try:
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC)) or ""
    except OverflowError:
        raise ValueError("is out of range") from None


def _topics(text: str) -> str:
    topics = text.split(",")
    if len(topics) > MAX_TOPICS:
        raise ValueError(f"may name at most {MAX_TOPICS} topics")
    if wrong := next((topic for topic in topics if not is_topic(topic)), None):
        raise ValueError(f'"{wrong[:80]}" is no topic; write runs, run:<id>, ops:<id> or log:<id>')
    if "" in topics:
        raise ValueError("must name topics, separated by commas: runs, run:<id>, ops:<id> or log:<id>")
    return text


Seconds = Annotated[Number, Field(ge=0, le=1_000_000_000)]
Moment = Annotated[
    str,
    AfterValidator(_moment),
    Field(max_length=40),
    WithJsonSchema({"type": "string", "description": "ISO 8601; UTC when it names no zone", "maxLength": 40}),
]
RunId = Annotated[str, Field(pattern=RUN_ID, description="A run's id, or latest")]
Count = Annotated[WholeNumber, Field(ge=0, le=999_999_999)]


class RunPath(Body):
    """A run."""

    run_id: RunId


def _order(text: str) -> str:
    if text.removeprefix("-") not in SORT_COLUMNS:
        raise ValueError(f"must be one of {', '.join(SORT_COLUMNS)}, with - before it for the largest first")
    return text


class RunsQuery(Body):
    """Which runs, newest first, or in the order of `sort`."""

    limit: Annotated[WholeNumber, Field(ge=1, le=1_000)] = 200
    before: Annotated[str, Field(pattern=RUN_ID, description="Only runs older than this id")] | None = None
    sort: Annotated[str, AfterValidator(_order), Field(max_length=32)] = "-created_at"
    before_value: (
        Annotated[str, Field(max_length=2_048, description="As the link to the next page has it")] | None
    ) = None
    status: Status | None = None
    profile: ProfileName | None = None
    verdict: VerdictName | None = None
    env_profile: Annotated[str, Field(max_length=128)] | None = None
    label: Annotated[str, Field(max_length=200)] | None = None
    target: Annotated[str, Field(max_length=2_048, description="Part of the target")] | None = None
    tag: Annotated[str, Field(max_length=64)] | None = None
    meta: Annotated[str, Field(max_length=600, description="A fact: key=value, or key alone")] | None = None
    search: (
        Annotated[
            str, Field(max_length=200, description="Text in profile, label, target, id, tags, facts or notes")
        ]
        | None
    ) = None
    since: Moment | None = None
    until: Moment | None = None


class SnapshotsQuery(Body):
    """Which snapshots, oldest first."""

    after: Annotated[Count, Field(description="Only those with a greater seq")] = 0
    limit: Annotated[WholeNumber, Field(ge=1, le=100_000)] | None = None
    format: Literal["rows", "columns"] = "rows"


class OpQuery(Body):
    """Which operation, and optionally which range of the run."""

    name: Annotated[str, Field(min_length=1, max_length=512, description="Name of the operation")]
    from_s: Annotated[Seconds | None, Field(alias="from", description="Seconds, excluded")] = None
    to_s: Annotated[Seconds | None, Field(alias="to", description="Seconds, included")] = None


class WindowQuery(Body):
    """A time range within the run; intervals whose end lies in it count."""

    from_s: Annotated[Seconds, Field(alias="from", description="Seconds since the start of k6, excluded")]
    to_s: Annotated[Seconds, Field(alias="to", description="Seconds since the start of k6, included")]


class DryPath(Body):
    """A dry run."""

    dry_id: Annotated[str, Field(pattern=RUN_ID, description="A dry run's id, or latest")]


class DryQuery(Body):
    """Which of its requests."""

    after: Annotated[Count, Field(description="How many of them are known already")] = 0


class FailuresQuery(Body):
    """Which failing requests."""

    op: Annotated[str, Field(min_length=1, max_length=512, description="Only of this operation")] | None = (
        None
    )


class LogQuery(Body):
    """Which lines of the log."""

    after: Annotated[Count, Field(description="Lines from this offset on")] | None = None
    before: Annotated[Count, Field(description="Lines before this offset, the last ones of them")] | None = (
        None
    )
    limit: Annotated[WholeNumber, Field(ge=1, le=5_000)] = 500
    level: Literal["debug", "info", "warning", "error"] | None = None
    search: Annotated[str, Field(max_length=200)] | None = None


class CsvQuery(Body):
    """Which table."""

    table: Literal["snapshots", "operations"] = "snapshots"


class ReportQuery(Body):
    """Whether the report is to be saved."""

    download: Literal["0", "1"] | None = None


class BadgeQuery(Body):
    """What the badge shows. `key` lets those read it who have no token."""

    metric: Literal[METRICS] | None = None  # type: ignore[valid-type]  # one of a tuple of words
    label: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    key: Annotated[str, Field(max_length=128)] | None = None


class K6Path(Body):
    """What to read of k6's REST API."""

    path: Annotated[str, Field(description="v1/status, v1/groups or v1/metrics/<name>")]


class K6Query(Body):
    """Which live run; without an id the newest."""

    run_id: Annotated[str, Field(pattern=RUN_ID)] | None = None


class StreamQuery(Body):
    """What to listen to."""

    topics: Annotated[str, AfterValidator(_topics), Field(min_length=1, max_length=3_000)]
