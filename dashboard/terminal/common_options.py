"""Command-line options of all commands."""

import os
from pathlib import Path
from typing import Any

import click

# The launcher changes to the project folder, and notes the folder in which the user called it.
CALLER_FOLDER = "DASHBOARD_CALLER_FOLDER"


class FilePath(click.Path):
    """A file that a user names. A relative path starts in the folder in which the command was called."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002
        """Return the absolute path."""
        return Path(os.environ.get(CALLER_FOLDER) or ".", str(value)).absolute()


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder of the database, the runs and the uploads (data).",
)
endpoints_option = click.option(
    "--endpoints",
    "endpoints_file",
    type=FilePath(),
    metavar="FILE",
    help="Endpoints to test, instead of ENDPOINTS_FILE. A running dashboard uses them for this run only.",
)
no_setup_option = click.option("--no-setup", is_flag=True, expose_value=False, help="Skip the setup check.")
