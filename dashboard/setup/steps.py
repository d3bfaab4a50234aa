"""The setup: a step is skipped if its result exists, and only one process sets up a checkout at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from dashboard.file_lock import try_lock, wait_for_lock
from dashboard.setup.checkout import Checkout
from dashboard.setup.console import SetupConsole
from dashboard.setup.error import error_from_os
from dashboard.setup.go import GoStep
from dashboard.setup.k6 import K6Step
from dashboard.setup.node import NpmPackagesStep, PageBuildStep
from dashboard.setup.packages import PythonPackagesStep
from dashboard.setup.small_steps import BytecodeStep, EndpointsFileStep


class SetupStep(Protocol):
    """A part of the setup. It is skipped if its result exists."""

    @property
    def title(self) -> str: ...

    @property
    def expected_time(self) -> str: ...

    def is_done(self) -> bool: ...

    def run(self, console: SetupConsole) -> None: ...


def steps_to_serve(checkout: Checkout) -> list[SetupStep]:
    """Return the steps for `bin/dashboard`."""
    return [
        PythonPackagesStep(checkout),
        PageBuildStep(checkout),
        K6Step(checkout),
        EndpointsFileStep(checkout),
        BytecodeStep(checkout),
    ]


def steps_to_test(checkout: Checkout) -> list[SetupStep]:
    """Return the steps for `bin/test` and `bin/bench`."""
    packages = PythonPackagesStep(checkout, dev=True)
    return [packages, GoStep(checkout), NpmPackagesStep(checkout), *steps_to_serve(checkout)[1:]]


def run_missing(checkout: Checkout, steps: Sequence[SetupStep], console: SetupConsole) -> None:
    """Run the steps that are not done. If all are done, this writes no file and prints nothing."""
    if all(step.is_done() for step in steps):
        return
    try:
        with setup_lock(checkout, console):
            for step in steps:
                if not step.is_done():
                    console.begin(step.title, step.expected_time)
                    step.run(console)
                    console.end()
    except OSError as error:
        raise error_from_os(f"{error.filename or checkout.root} could not be written", error) from error


@contextmanager
def setup_lock(checkout: Checkout, console: SetupConsole) -> Iterator[None]:
    """Keep a second process from writing to the same folders.

    The tools inherit the lock, so the next setup also waits for a tool that outlives a killed setup.
    """
    checkout.tools.mkdir(exist_ok=True)
    path = checkout.tools / "lock"
    lock = try_lock(path)
    if lock is None:
        console.print_line("Another setup is running in this folder; waiting for it")
        lock = wait_for_lock(path)
    try:
        console.inherited_fds = (lock.descriptor,)
        yield
    finally:
        lock.release()
