"""A class name means one thing: no two classes of the package share a name."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dashboard"
GENERATED = "_pb2.py"


def class_definitions() -> dict[str, list[str]]:
    """Return the files and lines that define each class name, nested and local classes included."""
    places = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        if "node_modules" in path.parts or path.name.endswith(GENERATED):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return dict(places)


def test_every_class_name_is_defined_once() -> None:
    repeated = {name: places for name, places in class_definitions().items() if len(places) > 1}

    assert repeated == {}
