"""The parameters of every measurement."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.scale import Scale


@dataclass(frozen=True, slots=True)
class BenchContext:
    """`folder` is temporary and belongs to one measurement. `log` prints progress."""

    scale: Scale
    folder: Path
    log: Callable[[str], None]
