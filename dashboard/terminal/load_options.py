"""Command-line options of the load."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from dashboard.model.k6_config import PROFILES_FILE
from dashboard.model.strict_json import InvalidJson, decode_json, parse_json
from dashboard.terminal.common_options import FilePath


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
    """Parse `text`, which is a JSON object or `@` with the name of a file. The start request checks the object."""
    if text is None:
        return None
    try:
        scenarios = parse_json(_read_file(text[1:]) if text.startswith("@") else text)
    except OSError as error:
        raise click.BadParameter(f"{text[1:]} cannot be read: {error.strerror}") from None
    except InvalidJson as error:
        raise click.BadParameter(str(error).removeprefix("is ")) from None
    if not isinstance(scenarios, dict):
        raise click.BadParameter('must be an object such as {"load": {"executor": "constant-vus", …}}')
    return scenarios


def _read_file(name: str) -> str:
    path: Path = FilePath().convert(name, None, None)
    return decode_json(path.read_bytes()).text


_OPTIONS = (
    click.option("--rate", type=click.IntRange(1), help="Iterations per second, for arrival."),
    click.option("--vus", type=click.IntRange(1), help="Virtual users. For a rate: the maximum."),
    click.option(
        "--duration",
        help="Length of smoke, soak and arrival; hold time of ramp; length of each step of stress; peak of spike. "
        'For example "60s".',
    ),
    click.option("--ramp-duration", help="Length of each ramp (ramp), or of the recovery (spike)."),
    click.option("--unit", type=click.Choice(("vus", "rate")), help="Unit of the targets in --stages."),
    click.option(
        "--stages",
        callback=parse_stages_option,
        help='For custom: durations and targets, for example "30s:10,1m:10,30s:0".',
    ),
    click.option(
        "--scenarios",
        callback=parse_scenarios_option,
        help="For custom: JSON in the format of k6's options.scenarios, or @file.",
    ),
)
_NAMES = ("rate", "vus", "duration", "ramp_duration", "unit", "stages", "scenarios")


def load_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def refuse_unused_options(options: Mapping[str, Any]) -> None:
    """Refuse an option that does not change the load of the profile. Raises UsageError."""
    profile = options["profile"]
    used = json.loads(PROFILES_FILE.read_bytes())[profile]["uses"]
    for name in _NAMES:
        if options[name] is not None and name not in used:
            listed = ", ".join(_flag(use) for use in used)
            raise click.UsageError(f"{_flag(name)} does not change {profile}. Its options are {listed}.")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
