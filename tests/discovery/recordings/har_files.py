"""Small HAR files for tests."""

import json
from typing import Any


def entry(
    method: str = "GET",
    url: str = "https://api.test/users",
    *,
    status: int | None = 200,
    headers: dict[str, str] | None = None,
    post: dict[str, Any] | str | None = None,
    answer: Any = None,
    answer_headers: dict[str, str] | None = None,
    media_type: str = "application/json",
    at_s: float = 0.0,
    time_ms: float = 100,
    resource_type: str | None = None,
) -> dict[str, Any]:
    """Return an entry. A text in `post` is sent as JSON; `answer` is the JSON of the response."""
    sent = {"mimeType": "application/json", "text": post} if isinstance(post, str) else post
    sent_headers = {**({"Content-Type": sent["mimeType"]} if sent else {}), **(headers or {})}
    made: dict[str, Any] = {
        "startedDateTime": f"2026-01-01T10:{int(at_s) // 60:02}:{at_s % 60:06.3f}Z",
        "time": time_ms,
        "request": {"method": method, "url": url, "headers": _pairs(sent_headers)},
    }
    if sent:
        made["request"]["postData"] = sent
    if status is not None:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        made["response"] = {
            "status": status,
            "headers": _pairs(answer_headers or {}),
            "content": {"mimeType": media_type, "text": "" if answer is None else text},
        }
    return made if resource_type is None else {**made, "_resourceType": resource_type}


def har(*entries: dict[str, Any], **log: Any) -> dict[str, Any]:
    """Return a HAR file with these entries."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "test", "version": "1"},
            **log,
            "entries": list(entries),
        }
    }


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]
