"""The console of the command line: tables and progress. Text from outside cannot control the terminal."""

import os
import shutil
import sys
from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment

from dashboard.model.printable import printable
from dashboard.terminal.lasting_output import LastingOutput

# Wider than any line: a program that reads the output must find each line in one piece.
UNLIMITED_WIDTH = 100_000
HEIGHT = 25


def open_console(*, stderr: bool = False, file: IO[str] | None = None, width: int | None = None) -> Console:
    """Return a console that prints any text literally, including control characters and markup.

    Lines wrap at the width of the terminal. Off a terminal they do not wrap.
    """
    file = file or (sys.stderr if stderr else sys.stdout)
    width = width or _width_of(file)
    height = width and HEIGHT  # Rich ignores a width without a height
    output: IO[str] = LastingOutput(file)  # type: ignore[assignment]
    console = Console(file=output, width=width, height=height, markup=False, highlight=False)
    console.push_render_hook(_Cleaner())
    return console


def _width_of(file: IO[str]) -> int | None:
    """Return the width of lines in `file`. None lets Rich follow a terminal when its size changes."""
    if not file.isatty():
        return UNLIMITED_WIDTH
    # Rich assumes that these terminals are 80 columns wide.
    is_dumb = os.environ.get("TERM", "") in ("", "dumb", "unknown")
    return shutil.get_terminal_size().columns if is_dumb else None


class _Cleaner(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Cleaned(renderable) for renderable in renderables]


class _Cleaned:
    """A renderable whose text is cleaned after layout, because wrapping can put a CI command at the start of a line."""

    def __init__(self, renderable: RenderableType) -> None:
        self._renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return _clean_segments(console.render(self._renderable, options))


def _clean_segments(segments: Iterable[Segment]) -> Iterable[Segment]:
    is_first = True
    for segment in segments:
        if segment.control:
            yield segment
            continue
        text = printable(segment.text, is_first=is_first)
        yield Segment(text, segment.style)
        if text:
            is_first = not text.rpartition("\n")[2].strip() and (is_first or "\n" in text)
