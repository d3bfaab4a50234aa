"""The formats that can be imported, and how to recognize each one. A reader is imported when it is used."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dashboard.discovery.discovered import Discovered, ImportOptions, UnreadableDocument
from dashboard.discovery.text.decode import MAX_DOCUMENT_BYTES, too_large
from dashboard.discovery.text.parse import ParsedText, parse_document

_SAMPLE_BYTES = 65_536
_MAX_LISTED_KEYS = 6


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format: its name in the API, its name for users, and its reader."""

    name: str
    title: str
    recognizes: Callable[[ParsedText], bool]
    read: Callable[[ParsedText, ImportOptions], Discovered]


def read_file(path: Path, options: ImportOptions, format_name: str | None = None) -> Discovered:
    """Import a file. An access log is read line by line and can be large. Raises UnreadableDocument."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
        if format_name in (None, ACCESS_LOG) and (format_name == ACCESS_LOG or _is_log(sample)):
            from dashboard.discovery.recordings.access_log import lines_of, read_log

            file.seek(0)
            return read_log(lines_of(file), options)
        raw = sample + file.read(MAX_DOCUMENT_BYTES + 1 - len(sample))
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise too_large()
    return read_document(raw, options, format_name)


def read_document(raw: bytes, options: ImportOptions, format_name: str | None = None) -> Discovered:
    """Import a document. Without `format_name`, its content decides. Raises UnreadableDocument."""
    parsed = parse_document(raw)
    chosen = next((one for one in FORMATS if one.name == format_name), None) or _recognize(parsed)
    try:
        found = chosen.read(parsed, options)
    except RecursionError:
        raise UnreadableDocument("The document is nested too deeply.") from None
    return _with_remarks(found, parsed)


def _with_remarks(found: Discovered, parsed: ParsedText) -> Discovered:
    return replace(found, remarks=(*parsed.remarks, *found.remarks)) if parsed.remarks else found


def _recognize(parsed: ParsedText) -> DocumentFormat:
    for one in FORMATS:
        if one.recognizes(parsed):
            return one
    raise UnreadableDocument(_unknown(parsed))


def _unknown(parsed: ParsedText) -> str:
    titles = ", ".join(one.title for one in FORMATS)
    start = parsed.text.lstrip()[:2_000]
    for mark, message in _OTHER_TEXTS.items():
        if parsed.kind != "json" and mark in start:
            return message
    if isinstance(parsed.data, dict):
        for member, message in _OTHER_DOCUMENTS.items():
            if member in parsed.data:
                return message
        keys = ", ".join(f'"{str(key)[:40]}"' for key in list(parsed.data)[:_MAX_LISTED_KEYS])
        return f"The format was not recognized. The document has the fields {keys}. Supported: {titles}."
    return f"The format was not recognized. Supported: {titles}."


_OTHER_DOCUMENTS = {
    "_postman_variable_scope": "This is a Postman environment. Import the collection and enter these values.",
    "run": "This looks like a report of newman. Import the Postman collection itself.",
    "FORMAT": "This is an API Blueprint document. Convert it to OpenAPI and import that file.",
    "$schema": "This is a JSON schema: it describes data, not requests. Import the API document that uses it.",
    "_type": "This looks like an Insomnia export. Export it as HAR or OpenAPI and import that file.",
    "arazzo": "This is an Arazzo document. Import the OpenAPI document that it refers to.",
    "log": "This looks like a HAR file without requests. Record it again.",
    "metrics": "This looks like a result of k6, not a description of requests. Import the API document instead.",
    "info": "The document has no requests. Is it a part of a larger document? Import the whole document.",
}
_OTHER_TEXTS = {
    "#%RAML": "This is a RAML document. Convert it to OpenAPI and import that file.",
    "wadl": "This is a WADL document. Convert it to OpenAPI and import that file.",
    "wsdl": "This is a WSDL document. SOAP services cannot be imported: add their requests by hand, or record a HAR.",
    "<html": "This is an HTML page, not a document. Enter its address under URL scan, or download the document.",
    "export default": "This is a k6 script. Scripts run with K6_SCRIPT and need no import.",
}


def _is_log(sample: bytes) -> bool:
    from dashboard.discovery.recordings.access_log import is_log

    return is_log(sample)


def _is_openapi(parsed: ParsedText) -> bool:
    from dashboard.discovery.openapi.versions import looks_like_openapi

    return looks_like_openapi(parsed.data)


def _read_openapi(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.openapi.reader import read_openapi

    return read_openapi(parsed.data, options)


def _is_graphql(parsed: ParsedText) -> bool:
    from dashboard.discovery.graphql.recognition import introspection_of, is_schema_text

    return introspection_of(parsed.data) is not None or (
        parsed.kind == "text" and is_schema_text(parsed.text)
    )


def _read_graphql(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.graphql.reader import read_graphql

    return read_graphql(parsed, options)


def _is_postman(parsed: ParsedText) -> bool:
    from dashboard.discovery.postman.shape import is_collection

    return is_collection(parsed.data)


def _read_postman(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.postman.reader import read_postman

    return read_postman(parsed.data, options)


def _is_har(parsed: ParsedText) -> bool:
    from dashboard.discovery.recordings.har import is_har

    return is_har(parsed.data)


def _read_har(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.recordings.har import read_har

    return read_har(parsed.data, options)


def _is_curl(parsed: ParsedText) -> bool:
    from dashboard.discovery.recordings.curl import is_curl

    return parsed.kind in ("text", "yaml") and is_curl(parsed.text)


def _read_curl(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.recordings.curl import read_curl

    return read_curl(parsed.text, options)


def _is_jmeter(parsed: ParsedText) -> bool:
    from dashboard.discovery.recordings.jmeter import is_plan

    return parsed.kind == "xml" and is_plan(parsed.text)


def _read_jmeter(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.recordings.jmeter import read_jmeter

    return read_jmeter(parsed.text, options)


def _is_access_log(parsed: ParsedText) -> bool:
    return parsed.kind == "text" and _is_log(parsed.text[:_SAMPLE_BYTES].encode())


def _read_access_log(parsed: ParsedText, options: ImportOptions) -> Discovered:
    from dashboard.discovery.recordings.access_log import read_log

    return read_log(parsed.text.encode().splitlines(keepends=True), options)


ACCESS_LOG = "access_log"
FORMATS: tuple[DocumentFormat, ...] = (
    DocumentFormat("openapi", "OpenAPI", _is_openapi, _read_openapi),
    DocumentFormat("graphql", "GraphQL schemas", _is_graphql, _read_graphql),
    DocumentFormat("postman", "Postman collections", _is_postman, _read_postman),
    DocumentFormat("har", "HAR", _is_har, _read_har),
    DocumentFormat("curl", "curl commands", _is_curl, _read_curl),
    DocumentFormat("jmeter", "JMeter plans", _is_jmeter, _read_jmeter),
    DocumentFormat(ACCESS_LOG, "access logs", _is_access_log, _read_access_log),
)
FORMAT_NAMES: tuple[str, ...] = tuple(one.name for one in FORMATS)
