"""JSON of your own: a Jinja2 template in a sandbox, for receivers without a module."""

import json
from collections.abc import Mapping

from dashboard.integrations.integration import (
    HttpMessage,
    Integration,
    InvalidOption,
    Option,
    Recipient,
    filled,
)
from dashboard.integrations.payload import EventPayload
from dashboard.templating import TemplateProblem, check_untrusted, render_untrusted

DEFAULT = '{\n  "text": {{ sentence | tojson }},\n  "run": {{ run_id | tojson }}\n}'


def build(payload: EventPayload, recipient: Recipient) -> HttpMessage:
    """Return the rendered template."""
    template = INTEGRATION.option(recipient, "template")
    try:
        text = render_untrusted(template, payload.model_dump())
        json.loads(text)
    except TemplateProblem as error:
        raise InvalidOption("options.template", str(error)) from None
    except ValueError as error:
        raise InvalidOption("options.template", f"does not render JSON: {error}") from None
    return HttpMessage(
        url=filled(recipient.url, payload),
        body=text.encode("utf-8", "replace"),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )


def check(options: Mapping[str, str]) -> None:
    """Check the template without a payload."""
    try:
        check_untrusted(options.get("template") or DEFAULT)
    except TemplateProblem as error:
        raise InvalidOption("options.template", str(error)) from None


INTEGRATION = Integration(
    name="json-template",
    title="JSON from a template",
    url_hint="https://example.com/api/messages",
    build=build,
    check=check,
    options=(
        Option(
            name="template",
            label="Template",
            default=DEFAULT,
            hint="Jinja2 without assignments and calls. Pass every value through tojson",
            max_length=10_000,
            rows=8,
        ),
    ),
)
