"""Command-line options by which people find a run again."""

from collections.abc import Callable
from typing import Any

import click

from dashboard.model.annotations import (
    MAX_ENV_PROFILE_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_META_KEY_CHARACTERS,
    MAX_META_KEYS,
    MAX_META_VALUE_CHARACTERS,
    has_control_characters,
)


class ShortText(click.ParamType[str]):
    """A text without control characters, of at most `max_characters`."""

    name = "text"

    def __init__(self, max_characters: int) -> None:
        self.max_characters = max_characters

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text. Fails with the reason."""
        text = str(value)
        if len(text) > self.max_characters:
            self.fail(f"must have at most {self.max_characters} characters", param, ctx)
        if has_control_characters(text):
            self.fail("must not contain control characters", param, ctx)
        return text


def parse_meta(_context: object, _option: object, pairs: tuple[str, ...]) -> dict[str, str]:
    """Return metadata by key, from pairs such as `commit=4f2a9c1`."""
    meta = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f'"{pair}" must have the form KEY=VALUE, for example commit=4f2a9c1')
        if len(key) > MAX_META_KEY_CHARACTERS or len(value) > MAX_META_VALUE_CHARACTERS:
            raise click.BadParameter(
                f"a key may have at most {MAX_META_KEY_CHARACTERS} characters, a value {MAX_META_VALUE_CHARACTERS}"
            )
        if has_control_characters(pair):
            raise click.BadParameter("must not contain control characters")
        meta[key.strip()] = value
    if len(meta) > MAX_META_KEYS:
        raise click.BadParameter(f"at most {MAX_META_KEYS} keys are stored")
    return meta


_OPTIONS = (
    click.option("--label", type=ShortText(MAX_LABEL_CHARACTERS), help="Label of the run."),
    click.option(
        "--environment",
        "env_profile",
        type=ShortText(MAX_ENV_PROFILE_CHARACTERS),
        help="Environment under test, for example stage. Baselines and cohorts depend on it.",
    ),
    click.option(
        "--meta",
        multiple=True,
        callback=parse_meta,
        metavar="KEY=VALUE",
        help="Metadata to store with the run, for example commit=4f2a9c1. Repeatable.",
    ),
)


def label_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
