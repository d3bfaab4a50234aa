"""The commands of `bin/dashboard influx`."""

from pathlib import Path

import click

from dashboard.terminal.common_options import data_dir_option, no_setup_option
from dashboard.terminal.entry import run_on_replica


@click.group()
def influx() -> None:
    """The replica in InfluxDB: status, backfill of older runs, and verification."""


@influx.command()
@data_dir_option
@no_setup_option
def status(data_dir: Path | None) -> None:
    """Print the backlog and the last error."""
    run_on_replica("status", data_dir)


@influx.command()
@data_dir_option
@no_setup_option
def backfill(data_dir: Path | None) -> None:
    """Send all runs that were never sent, and wait until they have arrived. An interrupted backfill can be resumed."""
    run_on_replica("backfill", data_dir)


@influx.command()
@click.option("--repair", is_flag=True, help="Resend runs that differ.")
@data_dir_option
@no_setup_option
def verify(data_dir: Path | None, repair: bool) -> None:
    """Compare counts and totals of every run with its replica. Exit code 1 if a run differs."""
    run_on_replica("repair" if repair else "verify", data_dir)


@influx.command()
@data_dir_option
@no_setup_option
def retry(data_dir: Path | None) -> None:
    """Send the rejected lines again."""
    run_on_replica("retry", data_dir)
