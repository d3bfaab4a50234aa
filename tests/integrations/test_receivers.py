"""Every receiver gets a message of its published shape, for every event, with hostile texts too."""

import json
from email.message import EmailMessage
from typing import Any

import jsonschema_rs
import pytest

from dashboard.integrations.integration import (
    HttpMessage,
    InvalidOption,
    NotForReceiver,
    Recipient,
)
from dashboard.integrations.payload import EventPayload, payload_schema
from dashboard.integrations.registry import integration_for, integrations
from dashboard.model.outgoing import EventName
from dashboard.model.run import RunStatus, Verdict
from dashboard.webhooks.payloads import payload_of
from tests.factories import a_run, an_ended_run
from tests.integrations import shapes
from tests.webhooks.samples import an_outbox_event

URL = "http://127.0.0.1:5656"
META = {"commit_sha": "0a1b2c"}
SHAPES = {
    "webhook": payload_schema(),
    "json-template": {"type": "object", "required": ["text", "run"]},
    "github-status": shapes.GITHUB_STATUS,
    "github-check": shapes.GITHUB_CHECK,
    "gitlab-status": shapes.GITLAB_STATUS,
    "slack": shapes.SLACK,
    "teams": shapes.TEAMS,
    "discord": shapes.DISCORD,
}
BASELINE = {
    "profile": None,
    "env_profile": None,
    "run_id": "20261121-101500-abcdefgh",
    "previous_run_id": None,
    "changed_by": "ann",
}
BREACH = {
    "level": "run",
    "name": "",
    "key": "p95_ms",
    "value": 612.4,
    "limit": 500.0,
    "message": "p95 612.4 ms > 500 ms",
}
HOSTILE = "<!channel> @everyone [x](http://evil.example) *b* `c` <script> \u202e " + "long " * 1_000


def a_payload(
    name: EventName = EventName.RUN_FINISHED, url: str | None = URL, **changes: Any
) -> EventPayload:
    changes = {"meta": META} | changes
    run = a_run(**changes) if name is EventName.RUN_STARTED else an_ended_run(**changes)
    body: dict[str, Any] = {}
    if name is EventName.BASELINE_CHANGED:
        body["baseline"] = BASELINE
    if name is EventName.SLO_BREACHED:
        body["breaches"] = [BREACH]
    return payload_of(an_outbox_event(name, run, **body), url)


def body_of(kind: str, payload: EventPayload, **options: str) -> Any:
    message = integrations()[kind].build(payload, Recipient(url="http://127.0.0.1/x", options=options))
    assert isinstance(message, HttpMessage)
    return json.loads(message.body)


def sent(kind: str) -> list[EventName]:
    return list(integrations()[kind].accepts)


CASES = [(kind, name) for kind in SHAPES for name in sent(kind)]


def test_every_receiver_has_a_shape() -> None:
    assert {*SHAPES, "email"} == set(integrations())


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.parametrize("text", ["smoke", HOSTILE], ids=["plain", "hostile"])
@pytest.mark.parametrize("url", [URL, None], ids=["linked", "unlinked"])
def test_a_message_has_its_published_shape(kind: str, name: EventName, text: str, url: str | None) -> None:
    payload = a_payload(name, url, profile=text, label=text[:200], verdict_reason=text)
    jsonschema_rs.validator_for(SHAPES[kind], validate_formats=True).validate(body_of(kind, payload))


@pytest.mark.parametrize(
    ("status", "verdict", "github", "check", "gitlab"),
    [
        (RunStatus.RUNNING, None, "pending", None, "running"),
        (RunStatus.FINISHED, Verdict.PASS, "success", "success", "success"),
        (RunStatus.FINISHED, Verdict.NONE, "success", "success", "success"),
        (RunStatus.FINISHED, Verdict.FAIL, "failure", "failure", "failed"),
        (RunStatus.FINISHED, Verdict.INVALID, "error", "neutral", "failed"),
        (RunStatus.FINISHED, Verdict.UNKNOWN, "error", "neutral", "failed"),
        (RunStatus.FAILED, None, "error", "neutral", "failed"),
        (RunStatus.INTERRUPTED, None, "error", "neutral", "failed"),
        (RunStatus.STOPPED, Verdict.PASS, "error", "cancelled", "canceled"),
    ],
)
def test_a_commit_has_the_state_of_its_run(
    status: RunStatus, verdict: Verdict | None, github: str, check: str | None, gitlab: str
) -> None:
    name = EventName.RUN_STARTED if status is RunStatus.RUNNING else EventName.RUN_FINISHED
    payload = a_payload(name, status=status, verdict=verdict)

    assert body_of("github-status", payload)["state"] == github
    assert body_of("github-check", payload).get("conclusion") == check
    assert body_of("gitlab-status", payload)["state"] == gitlab


def test_a_status_has_one_sentence_and_a_link() -> None:
    payload = a_payload(verdict=Verdict.FAIL, verdict_reason="p95 612.4 ms > 500 ms")
    assert body_of("github-status", payload, context="perf") == {
        "state": "failure",
        "description": "smoke: failed, p95 612.4 ms > 500 ms",
        "context": "perf",
        "target_url": f"{URL}/#/history/{payload.run_id}",
    }


def test_the_url_gets_keys_of_the_metadata_escaped() -> None:
    kind = integrations()["github-status"]
    url = "https://api.github.com/repos/org/repo/statuses/${commit_sha}"
    message = kind.build(a_payload(meta={"commit_sha": "a/../b?c"}), Recipient(url=url))
    assert isinstance(message, HttpMessage)
    assert message.url == "https://api.github.com/repos/org/repo/statuses/a%2F..%2Fb%3Fc"
    with pytest.raises(NotForReceiver, match='no "commit_sha"'):
        kind.build(a_payload(meta={}), Recipient(url=url))
    with pytest.raises(NotForReceiver, match="cannot be a part of the URL"):
        kind.build(a_payload(meta={"commit_sha": ".."}), Recipient(url=url))
    with pytest.raises(NotForReceiver, match='no "commit_sha"'):
        integrations()["github-check"].build(a_payload(meta={}), Recipient(url="https://a.example"))


def test_texts_of_users_are_no_mentions_and_no_links() -> None:
    payload = a_payload(profile="<!channel> [x](http://evil.example) @everyone", label=None)
    slack = json.dumps(body_of("slack", payload))
    assert "<!channel>" not in slack
    assert "&lt;!channel&gt;" in slack
    assert body_of("discord", payload)["embeds"][0]["title"].startswith(r"<!channel\> \[x\]\(http")
    card = body_of("teams", payload)["attachments"][0]["content"]["body"]
    assert r"\[x\]\(http" in card[0]["text"]
    assert r"\[x\]\(http" in body_of("github-check", payload)["output"]["summary"]


def test_a_template_renders_json() -> None:
    template = '{"t": {{ sentence | tojson }}, "slow": [{% for b in breaches %}{{ b.value }}{% endfor %}]}'
    payload = a_payload(EventName.SLO_BREACHED)
    assert body_of("json-template", payload, template=template) == {
        "t": "smoke breached p95 612.4 ms > 500 ms",
        "slow": [612.4],
    }
    for broken in ("{", "{{ nothing }}", "{{ 1 / 0 }}"):
        with pytest.raises(InvalidOption) as problem:
            body_of("json-template", payload, template=broken)
        assert problem.value.field == "options.template"


def test_an_email_has_recipients_and_one_line_of_subject() -> None:
    url = "mailto:a@example.com,b@example.com"
    message = integrations()["email"].build(a_payload(profile="evil\nBcc: c@example.com"), Recipient(url=url))
    assert isinstance(message, EmailMessage)
    assert message["To"] == "a@example.com, b@example.com"
    assert message["Bcc"] is None
    assert "evil Bcc: c@example.com: passed" in message["Subject"]
    assert f"{URL}/#/history/" in message.get_content()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.com/hook", "webhook"),
        ("https://api.github.com/repos/org/repo/statuses/${commit_sha}", "github-status"),
        ("https://api.github.com/repos/org/repo/check-runs", "github-check"),
        ("https://gitlab.example.com/api/v4/projects/4/statuses/${commit_sha}", "gitlab-status"),
        ("https://hooks.slack.com/services/a", "slack"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/a", "teams"),
        ("https://discord.com/api/webhooks/1/a", "discord"),
        ("mailto:a@example.com", "email"),
        ("https://hooks.slack.com.evil.example/services/a", "webhook"),
    ],
)
def test_a_url_belongs_to_its_receiver(url: str, kind: str) -> None:
    assert integration_for(url).name == kind


@pytest.mark.parametrize("kind", integrations())
def test_a_receiver_starts_with_events_that_it_accepts(kind: str) -> None:
    integration = integrations()[kind]
    assert set(integration.default_events) <= set(integration.accepts)
