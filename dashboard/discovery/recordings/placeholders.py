"""Stand-ins for variables in texts that are still being split, encoded or parsed."""

import re
from collections.abc import Callable
from typing import Final

from dashboard.discovery.recordings.requests import Template
from dashboard.discovery.templates import escaped

# The name of a variable stands between these characters, which no document contains.
START: Final = "\ue000"
END: Final = "\ue001"
PLACEHOLDER: Final = re.compile(f"{START}([^{END}]*){END}")


def without_placeholders(text: str) -> str:
    """Return `text` without characters that would look like a placeholder."""
    return text.replace(START, "").replace(END, "")


def fill_in(text: str, resolve: Callable[[str], str]) -> str:
    """Replace the placeholders by texts or templates. The result is a template if one of them is."""
    values = {name: resolve(name) for name in dict.fromkeys(PLACEHOLDER.findall(text))}
    if not any(isinstance(value, Template) for value in values.values()):
        return PLACEHOLDER.sub(lambda match: values[match[1]], text)
    texts = {name: value if isinstance(value, Template) else escaped(value) for name, value in values.items()}
    return Template(PLACEHOLDER.sub(lambda match: texts[match[1]], escaped(text)))
