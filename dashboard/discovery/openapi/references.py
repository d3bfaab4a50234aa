"""Follows `$ref` within a document. References to other files and addresses are never fetched."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from dashboard.discovery.discovered import Json

_MAX_HOPS = 50
_MISSING = object()


class References:
    """The targets of the references of one document, and those that lead nowhere."""

    def __init__(self, root: Json) -> None:
        self._root = root
        self._targets: dict[str, Any] = {}
        self.external: dict[str, int] = {}
        self.broken: dict[str, int] = {}

    def follow(self, node: Any) -> Json:
        """Return the object that `node` is or refers to; an empty object if there is none."""
        for _ in range(_MAX_HOPS):
            if not isinstance(node, Mapping):
                return {}
            if "$ref" not in node or isinstance(node["$ref"], Mapping):
                return dict(node) if not isinstance(node, dict) else node
            node = self.target(node["$ref"])
        return {}

    def target(self, reference: Any) -> Any:
        """Return the value at a reference such as `#/components/schemas/User`; None if there is none."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            self._count(self.external if reference else self.broken, reference)
            return None
        if reference not in self._targets:
            self._targets[reference] = self._find(reference[1:])
        found = self._targets[reference]
        if found is _MISSING:
            self._count(self.broken, reference)
            return None
        return found

    def _find(self, pointer: str) -> Any:
        found = _at(self._root, pointer)
        return _at(self._root, unquote(pointer)) if found is _MISSING else found

    @staticmethod
    def _count(counts: dict[str, int], reference: Any) -> None:
        name = str(reference)[:200]
        counts[name] = counts.get(name, 0) + 1


def _at(root: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer."""
    node = root
    for part in pointer.split("/")[1:] if pointer.startswith("/") or not pointer else ["", pointer]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping):
            node = _member(node, name)
        elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
            node = node[int(name)]
        else:
            return _MISSING
        if node is _MISSING:
            return _MISSING
    return node


def _member(node: Mapping[Any, Any], name: str) -> Any:
    """Return a member. Status codes that YAML has read as numbers are found by their text."""
    if name in node:
        return node[name]
    return node.get(int(name), _MISSING) if name.isdecimal() and len(name) < 10 else _MISSING
