"""How endpoints use data files: what belongs together, and whether files and columns are there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dashboard.endpoints.request_rules import columns_of
from dashboard.endpoints.shape import Document, Endpoint, RequestSpec
from dashboard.endpoints.violations import Violation

FIELDS = ("variables_from_data_file", "data_rows", "data_end")
WITH_AN_END = ("order", "unique")


def data_rule_violations(document: Document) -> Iterator[Violation]:
    """Data fields without a file, and endpoints that want one file in two ways."""
    for index, endpoint in enumerate(document.endpoints):
        if endpoint.data_file is None:
            place = f"endpoints[{index}]"
            yield from (
                Violation(f"{place}.{field}", "needs a data_file")
                for field in FIELDS
                if getattr(endpoint, field) is not None
            )
            yield from _without_file(endpoint, place)
    around: dict[str, Iterable[RequestSpec]] = {
        "setup": document.setup or [],
        "teardown": document.teardown or [],
    }
    for where, steps in around.items():
        for index, step in enumerate(steps):
            yield from _without_file(step, f"{where}[{index}]")
    for name in dict.fromkeys(files_of(document)):
        yield from _disagreeing(name, document.endpoints)


def missing_data(document: Document, files: Mapping[str, Sequence[str]]) -> Iterator[Violation]:
    """Files and columns that are not there; `files` are the columns of those that are."""
    for index, endpoint in enumerate(document.endpoints):
        if endpoint.data_file is None:
            continue
        place = f"endpoints[{index}]"
        if endpoint.data_file not in files:
            yield Violation(
                f"{place}.data_file", f'there is no data file "{endpoint.data_file}": upload it first'
            )
            continue
        known = files[endpoint.data_file]
        for column in dict.fromkeys(columns_of(endpoint)):
            if column not in known:
                words = f'the data file "{endpoint.data_file}" has no column "{column[:80]}"'
                yield Violation(place, words)


def files_of(document: Document) -> list[str]:
    """The data files that endpoints use."""
    return [endpoint.data_file for endpoint in document.endpoints if endpoint.data_file is not None]


def _without_file(request: RequestSpec, place: str) -> Iterator[Violation]:
    columns = columns_of(request)
    if columns and getattr(request, "variables_from_data_file", None) is None:
        yield Violation(place, f'needs "row.{columns[0]}", but has no data_file')


def _disagreeing(name: str, endpoints: Sequence[Endpoint]) -> Iterator[Violation]:
    users = [(index, endpoint) for index, endpoint in enumerate(endpoints) if endpoint.data_file == name]
    for field in ("data_rows", "data_end"):
        said = [(index, value) for index, user in users if (value := getattr(user, field)) is not None]
        for index, value in said[1:]:
            if value != said[0][1]:
                words = f"differs from endpoints[{said[0][0]}], which uses the same data file"
                yield Violation(f"endpoints[{index}].{field}", words)
                return
    mode = next((user.data_rows for _, user in users if user.data_rows is not None), "vu")
    if mode not in WITH_AN_END:
        ends = (index for index, user in users if user.data_end is not None)
        for index in list(ends)[:1]:
            yield Violation(f"endpoints[{index}].data_end", 'is for data_rows "order" and "unique"')
