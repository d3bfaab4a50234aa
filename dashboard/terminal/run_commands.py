"""The commands `bin/dashboard run` and `bin/dashboard dry`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.model.profile_names import PROFILE_NAMES
from dashboard.terminal.common_options import data_dir_option, endpoints_option, no_setup_option
from dashboard.terminal.entry import run_on_backend
from dashboard.terminal.export_files import export_options, pop_export_files
from dashboard.terminal.label_options import label_options
from dashboard.terminal.load_options import load_options, refuse_unused_options
from dashboard.terminal.network import network_options

if TYPE_CHECKING:
    from dashboard.terminal.context import CommandContext

MAX_APDEX_T_MS = 60_000
demo_option = click.option("--demo", is_flag=True, help="Start the demo service and use it as the target.")


@click.command()
@click.argument("profile", type=click.Choice(PROFILE_NAMES))
@click.option("--base-url", help="Target of the load.")
@load_options
@endpoints_option
@click.option(
    "--apdex",
    "apdex_t_ms",
    type=click.FloatRange(0, MAX_APDEX_T_MS, min_open=True),
    help="Apdex threshold T in ms, instead of APDEX_T.",
)
@label_options
@network_options
@click.option(
    "--steerable", is_flag=True, default=None, help="Allow pausing the run and changing its users or rate."
)
@click.option("--queue", is_flag=True, help="Queue the run while another run is live.")
@click.option("--confirm", is_flag=True, help="Confirm a load of more than 50 users on a public address.")
@demo_option
@export_options
@click.option("--json", "as_json", is_flag=True, help="Print the versioned summary as JSON.")
@data_dir_option
@no_setup_option
def run(
    data_dir: Path | None, endpoints_file: Path | None, demo: bool, as_json: bool, **options: Any
) -> None:
    """Run a load test and print its result.

    Exit codes: 0 if the run passed or has no SLOs, 99 if it breached an SLO, 3 if the verdict is unknown or invalid,
    4 if it was stopped or interrupted, 1 if it failed or a file could not be written, 2 for wrong usage.
    Ctrl-C, SIGTERM and SIGHUP stop the run. A second signal exits with 130 without waiting for the run to end.
    """
    from dashboard.terminal.run import run_and_report
    from dashboard.terminal.start_options import start_request

    refuse_unused_options(options)
    files = pop_export_files(options)

    def execute(context: "CommandContext") -> int:
        if demo:
            options["base_url"] = context.backend.start_demo()
        return run_and_report(context, start_request(options, context.settings), files, as_json=as_json)

    run_on_backend(execute, data_dir=data_dir, endpoints_file=endpoints_file)


@click.command()
@click.option("--base-url", help="Target of the requests.")
@endpoints_option
@network_options
@demo_option
@click.option("--json", "as_json", is_flag=True, help="Print the response of GET /run/dry/<id> as JSON.")
@data_dir_option
@no_setup_option
def dry(
    data_dir: Path | None,
    endpoints_file: Path | None,
    demo: bool,
    as_json: bool,
    base_url: str | None,
    **options: Any,
) -> None:
    """Send every request once and print the requests and responses. Nothing is stored.

    Exit codes: 0 if all requests passed, 99 if a request or a check failed, 4 if the dry run was canceled, 1 if it
    failed, timed out or sent nothing, 2 for wrong usage.
    """
    from dashboard.terminal.dry import dry_and_report
    from dashboard.terminal.start_options import dry_run_request

    def execute(context: "CommandContext") -> int:
        target = context.backend.start_demo() if demo else base_url
        request = dry_run_request(target, options, context.settings)
        return dry_and_report(context, request, as_json=as_json)

    run_on_backend(execute, data_dir=data_dir, endpoints_file=endpoints_file)
