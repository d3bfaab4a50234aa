"""Which names mark a value as secret. `k6/config/secret-names.json` is the vocabulary; the k6 script uses it too."""

import json
import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from dashboard.model.k6_config import CONFIG_FOLDER

_VOCABULARY: Final[dict[str, list[str]]] = json.loads((CONFIG_FOLDER / "secret-names.json").read_bytes())
_MAX_NAME_CHARACTERS: Final = 200
# A text that does not match contains no name of a secret.
HINT: Final = re.compile(
    "%|" + "|".join({re.escape(word[:3]) for words in _VOCABULARY.values() for word in words}),
    re.IGNORECASE,
)


@lru_cache(4_096)
def is_secret_name(name: str) -> bool:
    """Return whether the value of a header, field, key or column with this name is secret."""
    words = _words_of(name)
    return (
        any(f"_{word}_" in f"_{words}_" for word in _VOCABULARY["anywhere"])
        or words.endswith(tuple(_VOCABULARY["at_end"]))
        or f"_{words}".endswith(tuple(f"_{word}" for word in _VOCABULARY["last_word"]))
    )


@lru_cache(4_096)
def is_secret_list_name(name: str) -> bool:
    """Return whether the entries of a list with this name are secret. As a number, "tokens" is only a count."""
    return is_secret_name(name) or is_secret_name(re.sub("s$", "", name, flags=re.IGNORECASE))


def is_secret_header_in_text(name: str) -> bool:
    """Return whether a line of text with this name before a colon is a header whose value is secret."""
    lower = name.lower()
    return any(part in lower for part in _VOCABULARY["headers_in_text"]) and is_secret_name(name)


def is_secret_variable(name: str) -> bool:
    """Return whether an environment variable probably holds a secret."""
    return any(part in name.lower() for part in _VOCABULARY["in_variables"])


def _words_of(name: str) -> str:
    """Return the words of a name, such as "user_new_password" for "user[newPassword2]"."""
    text = unquote(name[-_MAX_NAME_CHARACTERS:])
    text = re.sub("([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub("([A-Z])([A-Z][a-z])", r"\1_\2", text)
    return re.sub("[0-9_]+$", "", re.sub("[^a-z0-9]+", "_", text.lower()))
