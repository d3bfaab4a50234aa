"""The command `bin/dashboard discover`."""

import os
import sys
from pathlib import Path

import click

from dashboard.terminal.common_options import CALLER_FOLDER, data_dir_option, no_setup_option
from dashboard.terminal.entry import INTERRUPTED, fail, read_settings


@click.command()
@click.argument("source")
@click.option("--format", "format_name", help="Format of the file. Default: recognized by its content.")
@click.option("--host", "hosts", multiple=True, help="Host of a recording to import. Can be repeated.")
@click.option(
    "--value",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="A value that the document needs. Can be repeated.",
)
@click.option("--base-url", help="Base URL, if the document names several.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@data_dir_option
@no_setup_option
def discover(
    source: str,
    format_name: str | None,
    hosts: tuple[str, ...],
    values: tuple[str, ...],
    base_url: str | None,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Print the requests in SOURCE: a file, or the address of a service to scan.

    Files can be OpenAPI documents, GraphQL schemas, Postman collections, HAR files, curl commands, JMeter plans and
    access logs. Nothing is sent except the requests of a scan, and nothing is stored.

    Exit codes: 0 if requests were found, 1 if not, 2 for wrong usage.
    """
    from dashboard.discovery.discovered import ImportOptions
    from dashboard.terminal.discover import discover_and_report

    options = ImportOptions(values=_pairs(values), hosts=hosts, base_url=base_url)
    path = source if "://" in source else str(Path(os.environ.get(CALLER_FOLDER) or ".", source))
    try:
        code = discover_and_report(
            path, read_settings(data_dir=data_dir), options, format_name=format_name, as_json=as_json
        )
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (name and equals):
            fail(f'--value "{text[:60]}" must be NAME=VALUE', code=2)
        pairs[name] = value
    return pairs
