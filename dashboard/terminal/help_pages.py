"""Help pages as data. The launcher prints them before anything is installed, from `dashboard/setup/help.json`."""

from typing import Any

import click


def help_pages(group: click.Group, program: str = "bin/dashboard") -> dict[str, Any]:
    """Return the help page of every command, by its name, such as "run" or "influx status"."""
    pages: dict[str, Any] = {}
    for name, command in sorted(group.commands.items()):
        pages[name] = _page(command, f"{program} {name}")
        if isinstance(command, click.Group):
            below = help_pages(command, f"{program} {name}")
            pages |= {f"{name} {other}": page for other, page in below.items()}
    return pages


def _page(command: click.Command, path: str) -> dict[str, Any]:
    """Return the usage, the paragraphs, and the rows of options or of commands below a group."""
    context = click.Context(command, info_name=path)
    paragraphs = (command.help or "").split("\n\n")
    return {
        "usage": " ".join([path, *command.collect_usage_pieces(context)]),
        "text": [" ".join(paragraph.split()) for paragraph in paragraphs],
        "rows": _rows(command, context),
    }


def _rows(command: click.Command, context: click.Context) -> list[list[str]]:
    if isinstance(command, click.Group):
        return [[name, below.get_short_help_str()] for name, below in sorted(command.commands.items())]
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    records = (option.get_help_record(context) for option in options)
    return [list(record) for record in records if record is not None]
