"""What every measurement is handed: how much to do, a folder to do it in, and a way to tell how it goes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.scale import Scale


@dataclass(frozen=True, slots=True)
class Bench:
    """`folder` is the measurement's own and goes away afterwards; `say` is for progress, not for figures."""

    scale: Scale
    folder: Path
    say: Callable[[str], None]
