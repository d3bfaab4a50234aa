"""All receivers: every module of this folder that has an `INTEGRATION`."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from dashboard.integrations.integration import Integration

GENERIC = "webhook"


@cache
def integrations() -> Mapping[str, Integration]:
    """Return all receivers by name, the generic webhook first."""
    package = __name__.rpartition(".")[0]
    path = import_module(package).__path__
    modules = [import_module(f"{package}.{found.name}") for found in iter_modules(path)]
    found = [module.INTEGRATION for module in modules if hasattr(module, "INTEGRATION")]
    found.sort(key=lambda one: (one.name != GENERIC, one.title))
    return {one.name: one for one in found}


def integration_for(url: str) -> Integration:
    """Return the receiver to which a URL belongs; the generic webhook if none is more specific."""
    known = integrations()
    return next((one for one in known.values() if one.matches(url)), known[GENERIC])
