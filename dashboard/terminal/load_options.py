"""Command-line options of the load that need parsing: stages, and k6 scenarios as JSON or in a file."""

import json
from pathlib import Path
from typing import Any

import click


def parse_stages_option(
    _context: object, _option: object, text: str | None
) -> tuple[tuple[str, int], ...] | None:
    """Parse stages such as `30s:10,1m:10` into (duration, target) pairs."""
    from dashboard.model.custom import parse_stages
    from dashboard.model.durations import format_duration
    from dashboard.model.plan import ParameterError

    try:
        stages = parse_stages(text) if text is not None else None
    except ParameterError as error:
        raise click.BadParameter(str(error)) from None
    if stages is None:
        return None
    return tuple((format_duration(stage.duration_s), stage.target) for stage in stages)


def parse_scenarios_option(_context: object, _option: object, text: str | None) -> dict[str, Any] | None:
    """Parse the JSON object in `text`, or in the file of `@file`. The start request checks its content."""
    if text is None:
        return None
    try:
        scenarios = json.loads(Path(text[1:]).read_text("utf-8") if text.startswith("@") else text)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise click.BadParameter(f"not valid JSON: {error}") from None
    if not isinstance(scenarios, dict):
        raise click.BadParameter('must be an object such as {"load": {"executor": "constant-vus", …}}')
    return scenarios
