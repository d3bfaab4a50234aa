"""Plain output of the command line. Text from outside cannot control the terminal or a CI system."""

import json
import sys

import click

from dashboard.model.printable import printable, printable_json
from dashboard.terminal.lasting_output import LastingOutput


def echo(text: str, *, err: bool = False) -> None:
    """Print a text to standard output or standard error."""
    click.echo(printable(text), file=LastingOutput(sys.stderr if err else sys.stdout))  # type: ignore[arg-type]


def echo_json(value: object) -> None:
    """Print a value as one line of JSON."""
    click.echo(printable_json(json.dumps(value)), file=LastingOutput(sys.stdout))  # type: ignore[arg-type]
