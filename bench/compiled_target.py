"""The compiled target of the measurements that send many requests: bench/target."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.context import BenchContext
from bench.server import BenchError
from dashboard.settings import ROOT
from tests.support.target import TargetBuildError, build_target, go_path, start_target


@contextmanager
def compiled_target(bench: BenchContext) -> Iterator[str]:
    """Yield the address of the compiled target. Raises BenchError when it cannot be built."""
    go = go_path()
    if go is None:
        raise BenchError("the compiled target requires Go; run bin/bench without --no-setup to install it")
    try:
        target = start_target(build_target(ROOT / ".tools" / "bench", go), bench.folder / "target.log")
    except TargetBuildError as error:
        raise BenchError(str(error)) from None
    try:
        yield target.url
    finally:
        target.stop()
