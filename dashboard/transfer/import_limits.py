"""Limits of an imported run: those of the API for its texts, and an upper bound for every other value."""

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dashboard.model.annotations import (
    MAX_ENV_PROFILE_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_META_KEY_CHARACTERS,
    MAX_META_KEYS,
    MAX_META_VALUE_CHARACTERS,
    MAX_NOTES_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    MAX_URL_CHARACTERS,
    has_control_characters,
    is_single_line,
)
from dashboard.model.run import Run
from dashboard.transfer.import_lines import reject

# Every JSON reader represents integers up to this one exactly.
MAX_INTEGER: Final = 1 << 53
MAX_TEXT_CHARS: Final = 4_096
MAX_WHO_CHARACTERS: Final = 128
MAX_PROFILE: Final = 64
MAX_ENTRIES: Final = 20_000
MAX_FREE_FORM_BYTES: Final = 64 * 1024


def check_annotations(run: Run) -> None:
    """Check what people attached to the run. Raises InvalidRequest, like all checks of this module."""
    config = run.config
    texts = {
        "label": (config.label, MAX_LABEL_CHARACTERS),
        "notes": (run.notes, MAX_NOTES_CHARACTERS),
        "env_profile": (config.env_profile, MAX_ENV_PROFILE_CHARACTERS),
        "base_url": (config.base_url, MAX_URL_CHARACTERS),
        "started_by": (run.started_by, MAX_WHO_CHARACTERS),
        "stopped_by": (run.stopped_by, MAX_WHO_CHARACTERS),
        "changed_by": (run.changed_by, MAX_WHO_CHARACTERS),
        "profile": (config.profile, MAX_PROFILE),
    }
    for name, (text, limit) in texts.items():
        _check_text(name, text or "", limit)
    if len(run.tags) > MAX_TAGS or len(config.meta) > MAX_META_KEYS:
        reject(f"the run has more than {MAX_TAGS} tags or {MAX_META_KEYS} meta keys")
    for tag in run.tags:
        _check_text("tag", tag, MAX_TAG_CHARACTERS)
        if not is_single_line(tag):
            reject("a tag of the run is not one line of text")
    for key, value in config.meta.items():
        _check_text("meta", key, MAX_META_KEY_CHARACTERS)
        _check_text("meta", value, MAX_META_VALUE_CHARACTERS)


def check_sizes(value: object, what: str, max_text: int = MAX_TEXT_CHARS) -> None:
    """Check that a database and a browser can hold every number, text and collection within `value`."""
    if isinstance(value, str):
        if len(value) > max_text:
            reject(f"a text of {what} is longer than {max_text} characters")
    elif isinstance(value, int | float):
        if not is_in_range(value):
            reject(f"a number of {what} is out of range")
    elif isinstance(value, Mapping | list | tuple):
        _check_entries(value, what, max_text)
    elif (slots := getattr(type(value), "__slots__", ())) and not isinstance(value, datetime):
        for name in slots:
            check_sizes(getattr(value, name), what, max_text)


def check_free_form(value: object, what: str) -> None:
    """Check the size of an object whose fields are not fixed."""
    if len(json.dumps(value)) > MAX_FREE_FORM_BYTES:
        reject(f"{what} is larger than {MAX_FREE_FORM_BYTES:,} bytes")


def is_in_range(value: Any) -> bool:
    """Return whether a number is finite and exact in JSON, or missing."""
    if value is None or isinstance(value, int):
        return value is None or abs(value) <= MAX_INTEGER
    return math.isfinite(value) and abs(value) <= MAX_INTEGER


def _check_entries(value: Mapping[Any, Any] | list[Any] | tuple[Any, ...], what: str, max_text: int) -> None:
    if len(value) > MAX_ENTRIES:
        reject(f"a list of {what} has more than {MAX_ENTRIES:,} entries")
    for item in [*value, *value.values()] if isinstance(value, Mapping) else value:
        check_sizes(item, what, max_text)


def _check_text(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        reject(f"{name} of the run is longer than {limit} characters")
    if has_control_characters(text):
        reject(f"{name} of the run contains control characters")
