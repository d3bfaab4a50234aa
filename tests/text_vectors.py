"""The vectors of text-vectors.json: texts that the dashboard and the k6 script must understand in the same way."""

import base64
import codecs
import json
import re
from typing import Any

from tests.conftest import ROOT

VECTORS: dict[str, list[dict[str, Any]]] = json.loads((ROOT / "tests" / "text-vectors.json").read_bytes())
DOCUMENTS = VECTORS["documents"]
ACCEPTED = [document for document in DOCUMENTS if "error" not in document]
REFUSED = [document for document in DOCUMENTS if "error" in document]
_REPEATED = re.compile(r"<<(.+?)\*(\d+)>>")


def name_of(vector: dict[str, Any]) -> str:
    """Return the name of a vector for pytest."""
    return str(vector.get("name") or next(iter(vector.values())))


def expanded(text: str) -> str:
    """Return `text` with `<<a*3>>` replaced by `aaa`."""
    return _REPEATED.sub(lambda match: match[1] * int(match[2]), text)


def file_of(document: dict[str, Any]) -> bytes:
    """Return the endpoints file of a vector. `members` are added to a single endpoint."""
    if "base64" in document:
        return base64.b64decode(document["base64"])
    members = document.get("members", "")
    path = "" if '"path"' in members and "error" not in document else '"path": "/", '
    text = document.get("text", f'{{"endpoints": [{{"name": "A", "group": "g", {path}{members}}}]}}')
    encoding = document.get("encoding", "utf-8")
    if encoding == "utf-16-be-bom":
        return codecs.BOM_UTF16_BE + expanded(text).encode("utf-16-be")
    return expanded(text).encode(encoding)
