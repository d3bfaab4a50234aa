"""The options of `bin/dashboard run` and `dry` as start requests."""

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dashboard.runs.start.request import LoadRequest, RunLabels, StartRequest, dry_request
from dashboard.terminal.network import pop_network

if TYPE_CHECKING:
    from dashboard.settings import Settings


def start_request(options: dict[str, Any], settings: "Settings") -> StartRequest:
    """Return the request for `options`, values by option name. None means that an option was not given."""
    options = dict(options)
    network = pop_network(options, settings)
    load = LoadRequest(**{field.name: options.pop(field.name) for field in fields(LoadRequest)})
    return StartRequest(load=load, network=network, labels=RunLabels(label=options.pop("label")), **options)


def dry_run_request(base_url: str | None, options: dict[str, Any], settings: "Settings") -> StartRequest:
    """Return the request of a dry run. `options` holds the network options."""
    return dry_request(base_url or None, network=pop_network(dict(options), settings))
