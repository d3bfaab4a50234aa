"""Rules for data files: fields that require one, endpoints that share one, and whether files and columns exist."""

from collections.abc import Iterator, Mapping, Sequence

from dashboard.endpoints.request_rules import columns_of
from dashboard.endpoints.shape import Document, Endpoint, RequestSpec
from dashboard.endpoints.violations import Violation

DATA_FILE_FIELDS = ("variables_from_data_file", "data_rows", "data_end")
MODES_WITH_END = ("order", "unique")


def data_rule_violations(document: Document) -> Iterator[Violation]:
    """Yield a violation for each data field without a data file and each conflicting use of the same data file."""
    for index, endpoint in enumerate(document.endpoints):
        if endpoint.data_file is None:
            path = f"endpoints[{index}]"
            yield from (
                Violation(f"{path}.{field}", "requires data_file")
                for field in DATA_FILE_FIELDS
                if getattr(endpoint, field) is not None
            )
            yield from _columns_without_file(endpoint, path)
    phases: dict[str, Sequence[RequestSpec]] = {
        "setup": document.setup or [],
        "teardown": document.teardown or [],
    }
    for name, requests in phases.items():
        for index, request in enumerate(requests):
            yield from _columns_without_file(request, f"{name}[{index}]")
    for file in dict.fromkeys(files_of(document)):
        yield from _conflicting_uses(file, document.endpoints)


def missing_data_violations(document: Document, files: Mapping[str, Sequence[str]]) -> Iterator[Violation]:
    """Yield the data files and columns that do not exist. `files` maps each existing file to its columns."""
    for index, endpoint in enumerate(document.endpoints):
        if endpoint.data_file is None:
            continue
        path = f"endpoints[{index}]"
        if endpoint.data_file not in files:
            yield Violation(
                f"{path}.data_file", f'there is no data file "{endpoint.data_file}". Upload it first.'
            )
            continue
        for column in dict.fromkeys(columns_of(endpoint)):
            if column not in files[endpoint.data_file]:
                yield Violation(path, f'data file "{endpoint.data_file}" has no column "{column[:80]}"')


def files_of(document: Document) -> list[str]:
    """Return the data files that the endpoints use."""
    return [endpoint.data_file for endpoint in document.endpoints if endpoint.data_file is not None]


def _columns_without_file(request: RequestSpec, path: str) -> Iterator[Violation]:
    columns = columns_of(request)
    if columns and getattr(request, "variables_from_data_file", None) is None:
        yield Violation(path, f'needs "row.{columns[0]}", but has no data_file')


def _conflicting_uses(file: str, endpoints: Sequence[Endpoint]) -> Iterator[Violation]:
    sharing = [(index, endpoint) for index, endpoint in enumerate(endpoints) if endpoint.data_file == file]
    for field in ("data_rows", "data_end"):
        values = [
            (index, value) for index, endpoint in sharing if (value := getattr(endpoint, field)) is not None
        ]
        for index, value in values[1:]:
            if value != values[0][1]:
                message = f"differs from endpoints[{values[0][0]}], which uses the same data file"
                yield Violation(f"endpoints[{index}].{field}", message)
                return
    mode = next((endpoint.data_rows for _, endpoint in sharing if endpoint.data_rows is not None), "vu")
    if mode not in MODES_WITH_END:
        with_end = (index for index, endpoint in sharing if endpoint.data_end is not None)
        for index in list(with_end)[:1]:
            yield Violation(f"endpoints[{index}].data_end", 'requires data_rows "order" or "unique"')
