"""The set-up: each step is skipped when its result is there, and only one process sets up at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from dashboard.setup.console import SetupConsole
from dashboard.setup.go import Go
from dashboard.setup.k6 import K6
from dashboard.setup.node import FrontEndPackages, Page
from dashboard.setup.packages import PythonPackages
from dashboard.setup.place import Place
from dashboard.setup.problem import from_error
from dashboard.setup.smaller import Bytecode, Endpoints


class Step(Protocol):
    """Something that is there or gets made."""

    @property
    def title(self) -> str: ...

    @property
    def usual(self) -> str: ...

    def done(self) -> bool: ...

    def make(self, console: SetupConsole) -> None: ...


def to_serve(place: Place) -> list[Step]:
    """What `bin/dashboard` needs."""
    return [PythonPackages(place), Page(place), K6(place), Endpoints(place), Bytecode(place)]


def to_test(place: Place) -> list[Step]:
    """What `bin/test` and `bin/bench` need."""
    packages = PythonPackages(place, dev=True)
    return [packages, Go(place), FrontEndPackages(place), *to_serve(place)[1:]]


def ensure(place: Place, steps: Sequence[Step], console: SetupConsole) -> None:
    """Make what is missing. With nothing missing this writes nothing and says nothing."""
    if all(step.done() for step in steps):
        return
    try:
        with alone(place, console):
            for step in steps:
                if not step.done():
                    console.begin(step.title, step.usual)
                    step.make(console)
                    console.end()
    except OSError as error:
        raise from_error(f"{error.filename or place.root} could not be written", error) from error


@contextmanager
def alone(place: Place, console: SetupConsole) -> Iterator[None]:
    """Two starts at once do not build into each other's folders.

    The tools hold the lock too: one that outlives a killed set-up is waited for.
    """
    place.tools.mkdir(exist_ok=True)
    with (place.tools / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            console.say("Another set-up is running in this folder; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        console.held = (file.fileno(),)
        yield
