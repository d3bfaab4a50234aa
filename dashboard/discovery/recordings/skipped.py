"""Recognizes static files, and counts what an import leaves out."""

import re
from collections import Counter
from typing import Final

from dashboard.discovery.discovered import LeftOut

STATIC_FILES: Final = (
    "Static files",
    "Images, styles, scripts, fonts and media are no part of an API test.",
)
OTHER_HOST: Final = "Another host. Choose it among the hosts to import its requests."
_EXTENSIONS: Final = (
    "css js mjs cjs map png jpg jpeg gif svg webp avif ico bmp tif tiff cur woff woff2 ttf otf eot mp3 mp4 m4a m4v "
    "mov webm ogg ogv oga wav flac avi ts m3u8 mpd vtt swf wasm webmanifest"
)
_STATIC_PATH: Final = re.compile(rf"\.(?:{'|'.join(_EXTENSIONS.split())})$", re.IGNORECASE)
_STATIC_TYPE: Final = re.compile(
    r"(?:image|font|audio|video)/|text/(?:css|javascript|ecmascript|vtt)|"
    r"application/(?:(?:x-)?javascript|ecmascript|wasm|manifest\+json|font|x-font|vnd\.ms-fontobject|x-shockwave)"
)


def is_static_path(path: str) -> bool:
    """Return whether the path, without its query, ends like a static file."""
    return _STATIC_PATH.search(path) is not None


def is_static_type(media_type: str) -> bool:
    """Return whether a response with this type is a static file."""
    return _STATIC_TYPE.match(media_type.strip().lower()) is not None


class LeftOutCounts:
    """Counts what is left out, by name and reason."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, reason: str, count: int = 1) -> None:
        self._counts[name, reason] += count

    def as_tuple(self) -> tuple[LeftOut, ...]:
        """Return everything that was left out, most frequent first."""
        return tuple(LeftOut(name, reason, count) for (name, reason), count in self._counts.most_common())

    def add_if(self, name: str, reason: str, count: int) -> None:
        """Count something that was left out `count` times, if it was at all."""
        if count:
            self.add(name, reason, count)
