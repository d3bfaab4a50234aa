"""The endpoints.json that an import results in."""

import json
from typing import Any

from dashboard.discovery.discovered import Discovered
from dashboard.endpoints.parse import read_document


def valid_document(discovered: Discovered) -> dict[str, Any]:
    """Return the document of all selected candidates. Raises InvalidRequest if it is not valid."""
    document = document_of(discovered)
    read_document(json.dumps(document).encode())
    return document


def document_of(discovered: Discovered) -> dict[str, Any]:
    """Return the document of all selected candidates, unchecked."""
    return {
        "service": discovered.title,
        "endpoints": [one.endpoint for one in discovered.candidates if one.is_selected],
        "scenarios": list(discovered.scenarios),
        "setup": list(discovered.setup),
        "teardown": list(discovered.teardown),
    }


def with_plain_steps(discovered: Discovered) -> dict[str, Any]:
    """Return the document of all selected candidates, with a step for each endpoint of a choice."""
    document = document_of(discovered)
    for scenario in document["scenarios"]:
        choices = [step.get("one_of", [step.get("ref")]) for step in scenario["steps"]]
        scenario["steps"] = [{"ref": name} for names in choices for name in names]
    return document


def assert_usable(discovered: Discovered) -> None:
    """Check that the document of all selected candidates is valid."""
    read_document(json.dumps(with_plain_steps(discovered)).encode())
