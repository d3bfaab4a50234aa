"""Command-line options of all commands."""

from pathlib import Path

import click

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder of the database, the runs and the uploads (data).",
)
no_setup_option = click.option("--no-setup", is_flag=True, expose_value=False, help="Skip the setup check.")
