"""Plain output of the command line. Text from outside cannot control the terminal or a CI system."""

import json

import click

from dashboard.model.printable import printable, printable_json


def echo(text: str, *, err: bool = False) -> None:
    """Print a text to standard output or standard error."""
    click.echo(printable(text), err=err)


def echo_json(value: object) -> None:
    """Print a value as one line of JSON."""
    click.echo(printable_json(json.dumps(value)))
