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
