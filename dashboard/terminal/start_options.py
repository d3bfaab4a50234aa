"""The options of `bin/dashboard run` and `dry` as start requests."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dashboard.runs.start.request import LoadRequest, RunLabels, StartRequest, dry_request
from dashboard.terminal.network import pop_network

if TYPE_CHECKING:
    from dashboard.settings import Settings
    from dashboard.terminal.context import CommandContext


def start_request(options: dict[str, Any], settings: "Settings") -> StartRequest:
    """Return the request for `options`, values by option name. None means that an option was not given."""
    options = dict(options)
    network = pop_network(options, settings)
    load = LoadRequest(**{field.name: options.pop(field.name) for field in fields(LoadRequest)})
    labels = RunLabels(**{field.name: options.pop(field.name) for field in fields(RunLabels)})
    return StartRequest(load=load, network=network, labels=labels, **options)


def dry_run_request(base_url: str | None, options: dict[str, Any], settings: "Settings") -> StartRequest:
    """Return the request of a dry run. `options` holds the network options."""
    return dry_request(base_url or None, network=pop_network(dict(options), settings))


def complete_request(request: StartRequest, context: "CommandContext", *, has_load: bool) -> StartRequest:
    """Return `request` with the settings of this process, as if the user had given each as an option.

    A running dashboard then uses these settings too, and may send a secret to the target that the user names. Prints
    the settings that a running dashboard ignores. Raises InvalidRequest.
    """
    from dashboard.terminal.own_settings import ignored_settings, with_own_settings

    url = context.backend.url
    ignored = ignored_settings(context.settings) if url else []
    if ignored:
        context.console.print(
            f"The dashboard at {url} runs this request with its own settings. Ignored here: {', '.join(ignored)}.",
            style="yellow",
        )
    return with_own_settings(request, context.settings, has_load=has_load)
