"""The console of the command line: tables and progress. Text from outside cannot control the terminal."""

from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment

from dashboard.model.printable import printable


def open_console(*, stderr: bool = False, file: IO[str] | None = None, width: int | None = None) -> Console:
    """Return a console that prints any text literally, including control characters and markup."""
    console = Console(stderr=stderr, file=file, width=width, markup=False, highlight=False)
    console.push_render_hook(_Cleaner())
    return console


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
