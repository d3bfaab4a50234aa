"""Reads what is plain in scripts: an expected status, and variables set from the response.

Scripts are never executed.
"""

import re
from typing import Any, Final

from dashboard.discovery.discovered import Json
from dashboard.discovery.postman.shape import objects

_MAX_SCRIPT: Final = 100_000
_STATUS: Final = re.compile(
    r"pm\.response\.to\.have\.status\(\s*([1-5][0-9]{2})\s*\)|"
    r"responseCode\.code\s*={2,3}\s*([1-5][0-9]{2})\b|"
    r"pm\.expect\(\s*pm\.response\.code\s*\)\.to\.(?:equal|eql|eq|be\.equal)\(\s*([1-5][0-9]{2})\s*\)"
)
_JSON: Final = r"(?:pm\.response\.json\(\)|JSON\.parse\(\s*responseBody\s*\))"
_NAME: Final = r"[A-Za-z_$][\w$]*"
_PATH: Final = r"(?:\.[A-Za-z_$][\w$]*|\[[0-9]+\])*"
_ALIAS: Final = re.compile(
    rf"(?:var|let|const)\s+({_NAME})\s*=\s*({_JSON}|{_NAME})({_PATH})\s*(?:\|\|[^;\n]*)?(?:;|$)", re.M
)
_SET: Final = re.compile(
    r"(?:pm\.(?:environment|globals|collectionVariables|variables)\.set|postman\.set(?:Environment|Global)Variable)"
    rf"\(\s*[\"']([^\"'\n]{{1,100}})[\"']\s*,\s*({_JSON}|{_NAME})({_PATH})\s*\)"
)


def assignments(item: Json) -> dict[str, str]:
    """Return the variables that a test sets, with the paths of their values in the JSON response."""
    script = script_of(item, "test")
    known: dict[str, str] = {}
    for name, base, path in _ALIAS.findall(script):
        if base in known or not re.fullmatch(_NAME, base):
            known[name] = known.get(base, "") + path
    found = {}
    for name, base, path in _SET.findall(script):
        if base in known or not re.fullmatch(_NAME, base):
            found[name] = (known.get(base, "") + path).removeprefix(".")
    return {name: path for name, path in found.items() if path}


def script_of(item: Json, listener: str) -> str:
    """Return the script of an event, without the comments that fill a line."""
    texts = []
    for event in objects(item.get("event")):
        script = event.get("script")
        lines: Any = script.get("exec") if isinstance(script, dict) else script
        if event.get("listen") == listener:
            texts.append("\n".join(map(str, lines)) if isinstance(lines, list) else str(lines or ""))
    lines = "\n".join(texts)[:_MAX_SCRIPT].splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.strip().startswith("//"))


def expected_status(item: Json) -> int | None:
    """Return the status that the test of a request expects, otherwise the one of its saved examples."""
    found = {int(next(filter(None, match.groups()))) for match in _STATUS.finditer(script_of(item, "test"))}
    if not found:
        codes = [one.get("code") for one in objects(item.get("response"))]
        found = {code for code in codes if isinstance(code, int) and 200 <= code < 400}
    return found.pop() if len(found) == 1 else None
