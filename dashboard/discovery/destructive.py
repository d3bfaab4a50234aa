"""Which requests may delete data or end a session that others need. An import does not select them."""

import re
from typing import Final

_WORDS: Final = re.compile(
    r"(?:^|_)(?:delete|destroy|purge|reset|drop|remove|truncate|wipe|erase|logout|log_out|signout|sign_out|"
    r"shutdown|shut_down|terminate|revoke)s?(?:_|$)"
)


def is_destructive(method: str, *texts: str) -> bool:
    """Return whether the method, or a word of the path or name in `texts`, announces a loss."""
    return method.upper() == "DELETE" or any(_WORDS.search(_words_of(text)) for text in texts)


def _words_of(text: str) -> str:
    """Return the words of a path or name, such as "users_reset_password" for "/users/resetPassword"."""
    spaced = re.sub("([a-z0-9])([A-Z])", r"\1_\2", text)
    return re.sub("[^a-z0-9]+", "_", spaced.lower())
