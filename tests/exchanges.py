"""Exchanges as the k6 script writes them to its console."""

import base64
import json
from typing import Any


def an_exchange(**changes: Any) -> dict[str, Any]:
    """Return an exchange with status 500. `status`, `body`, `error` and `omitted` change the response."""
    response = {
        "status": 500,
        "headers": {"Content-Type": "text/plain"},
        "body": "broken",
        "body_bytes": 6,
        "cut": False,
        "omitted": None,
        "duration_ms": 12.5,
        "error": None,
    }
    request = {
        "method": "GET",
        "url": "http://127.0.0.1:8000/pay",
        "headers": {"User-Agent": "Grafana k6/2.2.0"},
        "body": "",
        "body_bytes": 0,
        "cut": False,
        "omitted": None,
    }
    response |= {name: changes.pop(name) for name in list(changes) if name in response}
    return {
        "op": "Pay",
        "group": "orders",
        "phase": "",
        "at_ms": 1_795_000_000_000,
        "vu": 1,
        "iteration": 0,
        "expected": False,
        "request": request,
        "response": response,
        "checks": [{"check": "status is 200", "pass": False}],
        **changes,
    }


def an_exchange_line(payload: str | None = None, **changes: Any) -> str:
    """Return a console line of k6 that contains an exchange."""
    text = base64.b64encode(json.dumps(an_exchange(**changes)).encode()).decode()
    message = f"k6-dashboard-exchange:{text if payload is None else payload}"
    line = {"level": "info", "msg": message, "source": "console", "time": "2026-11-21T10:15:00Z"}
    return json.dumps(line, separators=(",", ":")) + "\n"
