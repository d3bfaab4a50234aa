"""Rules that no single field can keep: names, references, what excludes what."""

from collections.abc import Iterator, Sequence

from dashboard.endpoints.carried import broken_rules_of
from dashboard.endpoints.findings import Finding
from dashboard.endpoints.journeys import broken_journeys
from dashboard.endpoints.shape import Document, Endpoint


def broken_rules(document: Document) -> Iterator[Finding]:
    """Everything in a well-shaped document that cannot be meant."""
    broken = [
        finding
        for index, endpoint in enumerate(document.endpoints)
        for finding in broken_rules_of(endpoint, f"endpoints[{index}]")
    ]
    yield from broken
    yield from _doubles("endpoints", document.endpoints)
    if not broken:  # templates that cannot be read tell nothing of what they need
        yield from broken_journeys(document, frozenset())
    if not any(endpoint.weight != 0 for endpoint in document.endpoints):
        yield Finding("endpoints", "at least one weight must be above 0")


def _doubles(where: str, listed: Sequence[Endpoint]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, one in enumerate(listed):
        if one.name in seen:
            yield Finding(f"{where}[{index}].name", f'"{one.name}" is the name of {where}[{seen[one.name]}]')
        seen.setdefault(one.name, index)
